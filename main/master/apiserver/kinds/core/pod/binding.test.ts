import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { pods } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../../test/support/master.ts';
import { podObject } from '../../../../../../test/support/objects.ts';
import { RawApi } from '../../../../../../test/support/raw-api.ts';

const ref = { namespace: 'default', name: 'a' };
const binding = (node: string, name = 'a'): KubeObject & { target: object } => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name },
  target: { kind: 'Node', name: node },
});
const bind = (master: TestMaster, node: string): Promise<KubeObject> =>
  master.admin.createSubresource(pods, ref, 'binding', binding(node));

describe('a binding', () => {
  it('gives a pod its node, and says so in its conditions', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    await master.admin.create(pods, podObject('a'));
    using api = await RawApi.open(master);
    const answer = await api.request('POST', '/api/v1/namespaces/default/pods/a/binding', { body: binding('n') });
    expect([answer.status, answer.json()]).toEqual([
      201,
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    ]);
    expect(await master.admin.get(pods, ref)).toMatchObject({
      spec: { nodeName: 'n' },
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2030-01-01T00:00:00Z' }],
      },
    });
  });

  it('is for once', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a'));
    const outcomes = await Promise.allSettled(['m', 'n', 'o'].map((node) => bind(master, node)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { nodeName } = (await master.admin.get(pods, ref)).spec!;
    await expect(bind(master, 'p')).rejects.toMatchObject({
      status: {
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "${nodeName}"`,
      },
    });
  });

  it('is not for a pod that goes, or is not there', async () => {
    await using master = await TestMaster.start();
    await expect(bind(master, 'n')).rejects.toMatchObject({ status: { code: 404, message: 'pods "a" not found' } });
    await master.admin.create(pods, podObject('a', { metadata: { finalizers: ['example.com/a'] } }));
    await master.admin.delete(pods, ref);
    await expect(bind(master, 'n')).rejects.toMatchObject({
      status: {
        message:
          'Operation cannot be fulfilled on pods/binding "a": pod a is being deleted, cannot be assigned to a host',
      },
    });
  });

  it('names a node, and the pod of its path', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a'));
    await expect(bind(master, '')).rejects.toMatchObject({
      status: { code: 422, message: 'Binding "a" is invalid: target.name: Required value' },
    });
    await expect(master.admin.createSubresource(pods, ref, 'binding', binding('n', 'b'))).rejects.toMatchObject({
      status: { code: 400, message: 'name in URL does not match name in Binding object' },
    });
  });

  it('is for the very pod that it names', async () => {
    await using master = await TestMaster.start();
    const pod = await master.admin.create(pods, podObject('a'));
    const { uid, resourceVersion } = pod.metadata;
    const of = (metadata: object): Promise<KubeObject> =>
      master.admin.createSubresource(pods, ref, 'binding', {
        ...binding('n'),
        metadata: { name: 'a', ...metadata },
      });
    const failed = (what: string, is: string) => ({
      status: {
        code: 409,
        message: `Operation cannot be fulfilled on pods "a": StorageError: invalid object, Code: 4, Key: /registry/pods/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: 1, ${what} in object meta: ${is}`,
      },
    });
    await expect(of({ uid: '1' })).rejects.toMatchObject(failed('UID', uid));
    await expect(of({ uid, resourceVersion: '1' })).rejects.toMatchObject(failed('ResourceVersion', resourceVersion));
    await of({ uid, resourceVersion, annotations: { 'example.com/why': 'room' } });
    expect(await master.admin.get(pods, ref)).toMatchObject({
      metadata: { annotations: { 'example.com/why': 'room' } },
      spec: { nodeName: 'n' },
    });
  });

  it('waits for the gates of the pod, and is to a node', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a', { spec: { schedulingGates: [{ name: 'example.com/wait' }] } }));
    await expect(bind(master, 'n')).rejects.toMatchObject({
      status: {
        code: 409,
        message: 'Operation cannot be fulfilled on pods/binding "a": pod a has non-empty .spec.schedulingGates',
      },
    });
    const toPod = { ...binding('n'), target: { kind: 'Pod', name: 'n' } };
    await expect(master.admin.createSubresource(pods, ref, 'binding', toPod)).rejects.toMatchObject({
      status: {
        message: 'Binding "a" is invalid: target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
      },
    });
  });

  it('may be tried', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a'));
    using api = await RawApi.open(master);
    const path = '/api/v1/namespaces/default/pods/a/binding?dryRun=All';
    expect((await api.request('POST', path, { body: binding('n') })).status).toBe(201);
    expect((await master.admin.get(pods, ref)).spec!.nodeName).toBeUndefined();
  });
});
