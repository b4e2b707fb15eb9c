import { describe, expect, it } from 'vitest';
import { container, exited, pod, sandbox } from '../../testing/pods.ts';
import { planPod } from './plan.ts';
import type { ObservedContainer } from './observed-pod.ts';
import type { PodSandboxStatus } from '../../cri/types.ts';

const plan = (
  restartPolicy: 'Always' | 'OnFailure' | 'Never',
  sandboxes: readonly PodSandboxStatus[],
  containers: readonly ObservedContainer[],
) => {
  const { stopPod, createSandbox, stop, start } = planPod(pod({ restartPolicy }), { sandboxes, containers });
  return { stopPod, createSandbox, stop: stop.map(({ name }) => name), start: start.map(({ name }) => name) };
};

const down = sandbox({ state: 'SANDBOX_NOTREADY' });
const nothing = { stopPod: false, createSandbox: undefined, stop: [], start: [] };
const over = { ...nothing, stopPod: true };

describe('what has to be done for a pod', () => {
  it('makes a sandbox and starts everything when there is nothing', () => {
    expect(plan('Always', [], [])).toEqual({ ...over, createSandbox: 0, start: ['web'] });
    expect(plan('Never', [], [])).toEqual({ ...over, createSandbox: 0, start: ['web'] });
  });

  it('leaves a pod alone that is as it should be', () => {
    expect(plan('Always', [sandbox()], [container()])).toEqual(nothing);
  });

  it.each([
    ['Always', 0, ['web']],
    ['Always', 1, ['web']],
    ['OnFailure', 1, ['web']],
  ] as const)('with %s, a container that ended with %i is started again', (policy, code, start) => {
    expect(plan(policy, [sandbox()], [exited(code)])).toEqual({ ...nothing, start });
  });

  it.each([
    ['OnFailure', 0],
    ['Never', 0],
    ['Never', 1],
  ] as const)('with %s, a container that ended with %i has done its work', (policy, code) => {
    expect(plan(policy, [sandbox()], [exited(code)])).toEqual(over);
  });

  it('replaces a sandbox that ended, as after the machine was started anew', () => {
    expect(plan('Always', [down], [exited(255)])).toEqual({ ...over, createSandbox: 1, start: ['web'] });
    expect(plan('OnFailure', [down], [exited(255)])).toEqual({ ...over, createSandbox: 1, start: ['web'] });
  });

  it('makes no second sandbox for a pod that is never restarted, or has succeeded', () => {
    expect(plan('Never', [down], [exited(255)])).toEqual(over);
    expect(plan('OnFailure', [down], [exited(0)])).toEqual(over);
  });

  it('replaces a sandbox without an address, and one of several that are ready', () => {
    const start = ['web'];
    expect(plan('Always', [sandbox({ network: null })], [])).toEqual({ ...over, createSandbox: 1, start });
    const second = sandbox({ id: 'sandbox-2', metadata: { ...down.metadata, attempt: 4 } });
    expect(plan('Always', [second, sandbox()], [])).toEqual({ ...over, createSandbox: 5, start });
  });

  it('restarts a container whose image was changed', () => {
    const changed = planPod(pod({ containers: [{ name: 'web', image: 'web:2' }] }), {
      sandboxes: [sandbox()],
      containers: [container()],
    });
    expect(changed.stop.map(({ message }) => message)).toEqual(['Container web definition changed, will be restarted']);
    expect(changed.start).toHaveLength(1);
    expect(changed.stopPod).toBe(false);
  });

  it('clears away what is in an unknown state before it starts it again', () => {
    const unknown = container({ state: 'CONTAINER_UNKNOWN' });
    expect(plan('Always', [sandbox()], [unknown])).toEqual({ ...nothing, stop: ['web'], start: ['web'] });
  });

  it('keeps a pod in the network of the node without an address of its own', () => {
    const node = sandbox({
      network: null,
      linux: { namespaces: { options: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' } } },
    });
    const spec = pod({ hostNetwork: true });
    expect(planPod(spec, { sandboxes: [node], containers: [container()] }).createSandbox).toBeUndefined();
    expect(planPod(spec, { sandboxes: [sandbox()], containers: [container()] }).createSandbox).toBe(1);
  });
});
