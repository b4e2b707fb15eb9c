import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import { leases, nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../../test/support/objects.ts';
import { authenticated, NODES } from '../../authentication/user.ts';

let master: TestMaster;
let kubelet: Client;
let node: Node;

const namespace = 'default';
const refused = (why: string): object => ({
  code: 403,
  message: expect.stringContaining(`is forbidden: ${why}`) as string,
});

beforeEach(async () => {
  master = await TestMaster.start({ clock: new VirtualClock() });
  kubelet = master.client(authenticated('system:node:a', [NODES]), 'kubelet');
  node = (await kubelet.create(nodes, nodeObject('a'))) as unknown as Node;
});
afterEach(() => master[Symbol.asyncDispose]());

describe('a kubelet and nodes', () => {
  const patch = (change: object, name = 'a') => kubelet.patch(nodes, { name }, 'merge', change);

  it('writes its own only', async () => {
    await master.admin.create(nodes, nodeObject('b'));
    const why = 'node "a" is not allowed to modify node "b"';
    await expect(patch({ metadata: { annotations: { x: 'y' } } }, 'b')).rejects.toMatchObject(refused(why));
    await expect(kubelet.patch(nodes, { name: 'b' }, 'merge', {}, { subresource: 'status' })).rejects.toMatchObject(
      refused(why),
    );
    await expect(kubelet.create(nodes, nodeObject('c'))).rejects.toMatchObject(
      refused('node "a" is not allowed to modify node "c"'),
    );
    await expect(patch({ metadata: { annotations: { x: 'y' } } })).resolves.toBeDefined();
  });

  it('never touches taints', async () => {
    const change = { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } };
    await expect(patch(change)).rejects.toMatchObject(refused('node "a" is not allowed to modify taints'));
  });

  it.each(['kubernetes.io/hostname', 'node.kubernetes.io/what', 'example.com/rack', 'topology.kubernetes.io/zone'])(
    'gives it the label %s',
    async (label) => expect(patch({ metadata: { labels: { [label]: 'x' } } })).resolves.toBeDefined(),
  );

  it.each(['node-role.kubernetes.io/control-plane', 'team.node-restriction.kubernetes.io/a', 'k8s.io/other'])(
    'does not give it the label %s, nor take it away',
    async (label) => {
      const why = `is not allowed to modify labels: ${label}`;
      await expect(patch({ metadata: { labels: { [label]: 'x' } } })).rejects.toMatchObject(refused(why));
      await master.admin.patch(nodes, { name: 'a' }, 'merge', { metadata: { labels: { [label]: 'x' } } });
      await expect(patch({ metadata: { labels: { [label]: null } } })).rejects.toMatchObject(refused(why));
    },
  );

  it('does not register with such a label', async () => {
    const own = master.client(authenticated('system:node:n', [NODES]), 'kubelet');
    const labels = { 'node-role.kubernetes.io/x': '' };
    await expect(own.create(nodes, nodeObject('n', { metadata: { name: 'n', labels } }))).rejects.toMatchObject(
      refused('node "n" is not allowed to set the following labels: node-role.kubernetes.io/x'),
    );
  });
});

describe('a kubelet and pods', () => {
  const add = (name: string, nodeName: string): Promise<unknown> =>
    master.admin.create(pods, podObject(name, { spec: { nodeName } }));
  const ref = (name: string) => ({ namespace, name });

  it('writes the status of those that are bound to it', async () => {
    await add('mine', 'a');
    await add('other', 'b');
    const status = (name: string, change: object) =>
      kubelet.patch(pods, ref(name), 'strategic', change, { subresource: 'status' });
    await expect(status('mine', { status: { phase: 'Running' } })).resolves.toBeDefined();
    await expect(status('other', { status: { phase: 'Running' } })).rejects.toMatchObject(
      refused('node "a" can only update pod status for pods with spec.nodeName set to itself'),
    );
  });

  it('deletes those that are bound to it', async () => {
    await add('mine', 'a');
    await add('other', 'b');
    await expect(kubelet.delete(pods, ref('other'))).rejects.toMatchObject(
      refused('node "a" can only delete pods with spec.nodeName set to itself'),
    );
    await expect(kubelet.delete(pods, ref('mine'), { gracePeriodSeconds: 0 })).resolves.toBeUndefined();
  });

  const mirror = (change: Partial<Pod['metadata']> = {}, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod =>
    podObject('m', {
      metadata: {
        name: 'm',
        namespace,
        annotations: { 'kubernetes.io/config.mirror': 'x' },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Node', name: 'a', uid: node.metadata?.uid ?? '', controller: true },
        ],
        ...change,
      },
      spec: { nodeName: 'a', ...spec },
    });

  it('makes mirrors of its own static pods', async () => {
    await expect(kubelet.create(pods, mirror())).resolves.toBeDefined();
  });

  it.each<[string, () => Pod, string]>([
    [
      'without the annotation',
      () => mirror({ annotations: {} }),
      'pod does not have "kubernetes.io/config.mirror" annotation, node "a" can only create mirror pods',
    ],
    [
      'of another node',
      () => mirror({}, { nodeName: 'b' }),
      'node "a" can only create pods with spec.nodeName set to itself',
    ],
    [
      'without an owner',
      () => mirror({ ownerReferences: [] }),
      'node "a" can only create pods with an owner reference set to itself',
    ],
    [
      'of a node that was there before',
      () => mirror({ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'old', controller: true }] }),
      'node a UID mismatch: expected old got ',
    ],
    [
      'that reads a secret',
      () => mirror({}, { volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
      'node "a" can not create pods that reference secrets',
    ],
    [
      'of an account',
      () => mirror({}, { serviceAccountName: 'default' }),
      'node "a" can not create pods that reference a service account',
    ],
  ])('makes none %s', async (_, pod, why) => {
    await expect(kubelet.create(pods, pod())).rejects.toMatchObject(refused(why));
  });
});

it('a kubelet makes the lease of its own name only', async () => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'b', namespace: 'kube-node-lease' },
  } as const;
  await expect(kubelet.create(leases, { ...lease })).rejects.toMatchObject(
    refused('can only access node lease with the same name as the requesting node'),
  );
});

it('nobody else is restricted', async () => {
  await expect(
    master.admin.patch(nodes, { name: 'a' }, 'merge', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
  ).resolves.toBeDefined();
});
