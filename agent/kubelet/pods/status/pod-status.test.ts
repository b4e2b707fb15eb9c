import { describe, expect, it } from 'vitest';
import { container, exited, pod, sandbox } from '../../../testing/pods.ts';
import type { ObservedContainer } from '../observed-pod.ts';
import { podStatus, type PodStatusInputs } from './pod-status.ts';

const NOW = Date.UTC(2030, 0, 1, 0, 1);

const of = (change: Partial<PodStatusInputs> & { readonly containers?: readonly ObservedContainer[] } = {}) => {
  const { containers = [], ...rest } = change;
  return podStatus({
    pod: pod(),
    observed: { sandboxes: [sandbox()], containers },
    waiting: new Map(),
    messages: new Map(),
    ending: false,
    ended: false,
    hostIPs: ['10.89.0.11'],
    startTime: '2030-01-01T00:00:00Z',
    now: NOW,
    ...rest,
  });
};

const two = {
  containers: [
    { name: 'web', image: 'web:1' },
    { name: 'side', image: 'web:1' },
  ],
};
const side = (change: Parameters<typeof container>[0] = {}) =>
  container({ ...change, metadata: { name: 'side', attempt: 0 } });
const sideExited = (code: number) => exited(code, { metadata: { name: 'side', attempt: 0 } });

describe('the phase of a pod', () => {
  it.each([
    ['Pending', 'Always', []],
    ['Pending', 'Always', [container()]],
    ['Running', 'Always', [container(), side()]],
    ['Running', 'Always', [container(), sideExited(0)]],
    ['Running', 'Always', [exited(1), sideExited(1)]],
    ['Running', 'Never', [container(), sideExited(1)]],
    ['Succeeded', 'Never', [exited(0), sideExited(0)]],
    ['Succeeded', 'OnFailure', [exited(0), sideExited(0)]],
    ['Failed', 'Never', [exited(0), sideExited(1)]],
    ['Running', 'OnFailure', [exited(0), sideExited(1)]],
  ] as const)('is %s with %s and containers %#', (phase, restartPolicy, containers) => {
    expect(of({ pod: pod({ ...two, restartPolicy }), containers }).phase).toBe(phase);
  });

  it('of a pod that was ended is decided by how its containers ended', () => {
    const ended = { ending: true, ended: true };
    expect(of({ containers: [exited(0)], ...ended }).phase).toBe('Succeeded');
    expect(of({ containers: [exited(137)], ...ended }).phase).toBe('Failed');
    expect(of({ ...ended }).phase).toBe('Failed');
  });

  it('never comes back from its end', () => {
    expect(of({ pod: pod({}, { phase: 'Failed' }), containers: [container()] }).phase).toBe('Failed');
  });
});

describe('the status of a container', () => {
  const only = (change: Parameters<typeof of>[0]) => of(change).containerStatuses?.[0];

  it('is waiting before anything is there', () => {
    expect(only({})).toMatchObject({
      state: { waiting: { reason: 'ContainerCreating' } },
      ready: false,
      started: false,
      restartCount: 0,
      image: 'web:1',
      imageID: '',
    });
  });

  it('tells why it waits', () => {
    const waiting = new Map([['web', { reason: 'ErrImagePull', message: 'no such host' }]]);
    expect(only({ waiting })?.state).toEqual({ waiting: { reason: 'ErrImagePull', message: 'no such host' } });
  });

  it('is running with its start, and with how the one before ended', () => {
    expect(only({ containers: [container({ restartCount: 2 }), exited(3, { restartCount: 1 })] })).toMatchObject({
      containerID: 'containerd://id-web-2',
      restartCount: 2,
      ready: true,
      started: true,
      state: { running: { startedAt: '2030-01-01T00:00:00Z' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', containerID: 'containerd://id-web-1' } },
    });
  });

  it('is terminated with what it left to say', () => {
    const messages = new Map([['id-web-0', 'bye']]);
    expect(only({ containers: [exited(137, { reason: 'OOMKilled' })], messages })?.state).toEqual({
      terminated: {
        exitCode: 137,
        reason: 'OOMKilled',
        message: 'bye',
        startedAt: '2030-01-01T00:00:00Z',
        finishedAt: '2030-01-01T00:00:05Z',
        containerID: 'containerd://id-web-0',
      },
    });
  });

  it('is waiting in a crash loop, with how it ended', () => {
    const waiting = new Map([['web', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    expect(only({ containers: [exited(1)], waiting })).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1 } },
      restartCount: 0,
    });
    // One that is not to be started again is not waiting.
    const done = pod({ restartPolicy: 'Never' });
    expect(only({ pod: done, containers: [exited(1)], waiting })?.state?.terminated?.exitCode).toBe(1);
  });

  it('keeps what the API knows when the runtime has forgotten', () => {
    const terminated = { exitCode: 0, reason: 'Completed' };
    const before = {
      phase: 'Succeeded' as const,
      containerStatuses: [
        { name: 'web', ready: false, restartCount: 4, image: 'web:1', imageID: 'x', state: { terminated } },
      ],
    };
    expect(only({ pod: pod({ restartPolicy: 'Never' }, before) })).toMatchObject({
      state: { terminated },
      restartCount: 4,
    });
  });

  it('says so when a container that ran cannot be found', () => {
    const running = { startedAt: '2030-01-01T00:00:00Z' };
    const before = {
      containerStatuses: [{ name: 'web', ready: true, restartCount: 1, image: 'a', imageID: '', state: { running } }],
    };
    const lost = only({ pod: pod({}, before), ending: true, ended: true });
    expect(lost?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
  });
});

describe('the conditions of a pod', () => {
  const conditions = (change: Parameters<typeof of>[0]) =>
    Object.fromEntries(
      of(change).conditions?.map(({ type, status, reason, message }) => [
        type,
        [status, reason, message].filter((part) => part !== undefined).join(' '),
      ]) ?? [],
    );

  it('are those of a pod that runs', () => {
    expect(conditions({ containers: [container()] })).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
  });

  it('name the containers that are not ready', () => {
    const message = 'False ContainersNotReady containers with unready status: [side]';
    expect(conditions({ pod: pod(two), containers: [container(), sideExited(1)] })).toMatchObject({
      Ready: message,
      ContainersReady: message,
    });
  });

  it('tell that the work is done', () => {
    expect(conditions({ pod: pod({ restartPolicy: 'Never' }), containers: [exited(0)] })).toMatchObject({
      Initialized: 'True PodCompleted',
      Ready: 'False PodCompleted',
      ContainersReady: 'False PodCompleted',
    });
  });

  it('wait for readiness gates', () => {
    const gated = pod({ readinessGates: [{ conditionType: 'example.com/lb' }] });
    expect(conditions({ pod: gated, containers: [container()] })['Ready']).toBe(
      'False ReadinessGatesNotReady corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    );
    const open = pod(gated.spec, { conditions: [{ type: 'example.com/lb', status: 'True' }] });
    expect(conditions({ pod: open, containers: [container()] })).toMatchObject({
      Ready: 'True',
      'example.com/lb': 'True',
    });
  });

  it('change their time only with their status, and leave the scheduler its own', () => {
    const before = {
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2029-12-31T00:00:00Z' },
        { type: 'ContainersReady', status: 'False', lastTransitionTime: '2029-12-31T00:00:00Z' },
        { type: 'PodScheduled', status: 'True', lastTransitionTime: '2029-12-30T00:00:00Z' },
      ],
    };
    const times = Object.fromEntries(
      of({ pod: pod({}, before), containers: [container()] }).conditions?.map((one) => [
        one.type,
        one.lastTransitionTime,
      ]) ?? [],
    );
    expect(times).toMatchObject({
      Ready: '2029-12-31T00:00:00Z',
      ContainersReady: '2030-01-01T00:01:00Z',
      PodScheduled: '2029-12-30T00:00:00Z',
    });
  });
});

describe('the addresses of a pod', () => {
  it('are those of its sandbox, or of the node', () => {
    expect(of({ containers: [container()] })).toMatchObject({ podIP: '10.244.1.2', podIPs: [{ ip: '10.244.1.2' }] });
    expect(of({ pod: pod({ hostNetwork: true }) })).toMatchObject({ podIP: '10.89.0.11', hostIP: '10.89.0.11' });
  });

  it('are kept when the pod has ended, and forgotten when its sandbox is replaced', () => {
    const before = { podIP: '10.244.1.9', podIPs: [{ ip: '10.244.1.9' }] };
    const observed = { sandboxes: [sandbox({ state: 'SANDBOX_NOTREADY' })], containers: [] };
    expect(of({ pod: pod({}, { ...before, phase: 'Succeeded' }), observed }).podIP).toBe('10.244.1.9');
    expect(of({ pod: pod({}, before), observed }).podIP).toBeUndefined();
  });
});
