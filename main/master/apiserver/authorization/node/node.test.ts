import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import {
  configMaps,
  leases,
  nodes,
  pods,
  secrets,
  type ConfigMap,
  type Lease,
  type Pod,
  type Secret,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../../test/support/objects.ts';
import { MemoryStore } from '../../../store/memory/memory-store.ts';
import { authenticated, NODES } from '../../authentication/user.ts';

let master: TestMaster;
let kubelet: Client;

const namespace = 'default';
const as = (node: string): Client => master.client(authenticated(`system:node:${node}`, [NODES]), 'kubelet');
const secret = (name: string): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
const configMap = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
const lease = (name: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: 'kube-node-lease' },
});
const addPod = (name: string, spec: Partial<NonNullable<Pod['spec']>>, annotations = {}): Promise<unknown> =>
  master.admin.create(pods, podObject(name, { metadata: { name, namespace, annotations }, spec }));
const UNRELATED = "no relationship found between node 'a' and this object";

beforeEach(async () => {
  master = await TestMaster.start({ clock: new VirtualClock() });
  kubelet = as('a');
});
afterEach(() => master[Symbol.asyncDispose]());

describe('a secret', () => {
  const read = (client = kubelet) => client.get(secrets, { namespace, name: 's' });
  beforeEach(() => master.admin.create(secrets, secret('s')));

  it.each<[string, Partial<NonNullable<Pod['spec']>>]>([
    ['a volume', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }],
    ['a projected volume', { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 's' } }] } }] }],
    [
      'a variable',
      {
        containers: [
          { name: 'c', image: 'i', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
        ],
      },
    ],
    ['a set of variables', { initContainers: [{ name: 'i', image: 'i', envFrom: [{ secretRef: { name: 's' } }] }] }],
    ['a registry', { imagePullSecrets: [{ name: 's' }] }],
  ])('is read for %s of a pod that is bound to the node, and by no other node', async (_, spec) => {
    await addPod('elsewhere', { ...spec, nodeName: 'b' });
    await expect(read()).rejects.toMatchObject({
      message: `secrets "s" is forbidden: User "system:node:a" cannot get resource "secrets" in API group "" in the namespace "default": ${UNRELATED}`,
    });
    await addPod('here', { ...spec, nodeName: 'a' });
    await expect(read()).resolves.toBeDefined();
    await master.admin.delete(pods, { namespace, name: 'here' }, { gracePeriodSeconds: 0 });
    await expect(read()).rejects.toMatchObject({ code: 403 });
  });

  it('is not opened by a mirror pod, which kubelets make themselves', async () => {
    const spec = { nodeName: 'a', volumes: [{ name: 'v', secret: { secretName: 's' } }] };
    await addPod('mirror', spec, { 'kubernetes.io/config.mirror': 'x' });
    await expect(read()).rejects.toMatchObject({ code: 403 });
  });

  it('is read once it is bound, as soon as that is known', async () => {
    await addPod('p', { volumes: [{ name: 'v', secret: { secretName: 's' } }] });
    await expect(read()).rejects.toMatchObject({ code: 403 });
    const target = { apiVersion: 'v1', kind: 'Binding', target: { kind: 'Node', name: 'a' } };
    await master.admin.createSubresource(pods, { namespace, name: 'p' }, 'binding', target);
    await expect(read()).resolves.toBeDefined();
  });

  it('is followed by its name, not with all others', async () => {
    await addPod('here', { nodeName: 'a', volumes: [{ name: 'v', secret: { secretName: 's' } }] });
    const list = (fieldSelector?: string) =>
      kubelet.list(secrets, { namespace, ...(fieldSelector === undefined ? {} : { fieldSelector }) });
    expect((await list('metadata.name=s')).items).toHaveLength(1);
    await expect(list('metadata.name=t')).rejects.toMatchObject({ code: 403 });
    await expect(list()).rejects.toMatchObject({
      message: expect.stringContaining('No Object name found') as string,
    });
  });

  it('is never written by a node', async () => {
    await addPod('here', { nodeName: 'a', volumes: [{ name: 'v', secret: { secretName: 's' } }] });
    await expect(kubelet.patch(secrets, { namespace, name: 's' }, 'merge', {})).rejects.toMatchObject({
      message: expect.stringContaining('can only read resources of this type') as string,
    });
  });
});

it('what a pod refers to is known again after a restart', async () => {
  const clock = new VirtualClock();
  await using store = new MemoryStore(clock);
  {
    await using first = await TestMaster.start({ store, clock });
    await first.admin.create(configMaps, configMap('c'));
    const spec = { nodeName: 'a', volumes: [{ name: 'v', configMap: { name: 'c' } }] };
    await first.admin.create(pods, podObject('here', { spec }));
  }
  await using second = await TestMaster.start({ store, clock });
  const node = second.client(authenticated('system:node:a', [NODES]), 'kubelet');
  await expect(node.get(configMaps, { namespace, name: 'c' })).resolves.toBeDefined();
});

it('a ConfigMap is read through HTTPS as through the master itself', async () => {
  await master.admin.create(configMaps, configMap('c'));
  await addPod('here', { nodeName: 'a', volumes: [{ name: 'v', configMap: { name: 'c' } }] });
  const client = await master.https('system:node:a', [NODES]);
  expect((await client.list(configMaps, { namespace, fieldSelector: 'metadata.name=c' })).items).toHaveLength(1);
  await expect(client.list(configMaps, { namespace })).rejects.toMatchObject({ code: 403 });
  const other = await master.https('system:node:b', [NODES]);
  await expect(other.get(configMaps, { namespace, name: 'c' })).rejects.toMatchObject({ code: 403 });
});

describe('a node', () => {
  it('reads the pods that are bound to it', async () => {
    await addPod('here', { nodeName: 'a' });
    await addPod('there', { nodeName: 'b' });
    expect((await kubelet.list(pods, { fieldSelector: 'spec.nodeName=a' })).items).toHaveLength(1);
    await expect(kubelet.list(pods, { fieldSelector: 'spec.nodeName=b' })).rejects.toMatchObject({ code: 403 });
    await expect(kubelet.list(pods)).rejects.toMatchObject({
      message: expect.stringContaining('can only list/watch pods with spec.nodeName field selector') as string,
    });
    await expect(kubelet.get(pods, { namespace, name: 'here' })).resolves.toBeDefined();
    await expect(kubelet.get(pods, { namespace, name: 'there' })).rejects.toMatchObject({ code: 403 });
  });

  it('has the lease of its own name', async () => {
    await expect(kubelet.create(leases, lease('a'))).resolves.toBeDefined();
    await expect(kubelet.get(leases, { namespace: 'kube-node-lease', name: 'a' })).resolves.toBeDefined();
    await expect(kubelet.get(leases, { namespace: 'kube-node-lease', name: 'b' })).rejects.toMatchObject({
      message: expect.stringContaining(
        'can only access node lease with the same name as the requesting node',
      ) as string,
    });
    await expect(kubelet.get(leases, { namespace, name: 'a' })).rejects.toMatchObject({
      message: expect.stringContaining('can only access leases in the "kube-node-lease" system namespace') as string,
    });
  });

  it('sees all nodes, for it also is their service proxy, and deletes none', async () => {
    await master.admin.create(nodes, nodeObject('a'));
    expect((await kubelet.list(nodes)).items).toHaveLength(1);
    await expect(kubelet.delete(nodes, { name: 'a' })).rejects.toMatchObject({ code: 403 });
  });

  it('is one only with the name and the group of nodes', async () => {
    await addPod('here', { nodeName: 'a' });
    const nobody = master.client(authenticated('system:node:a', []), 'test');
    await expect(nobody.get(pods, { namespace, name: 'here' })).rejects.toMatchObject({ code: 403 });
    const nameless = master.client(authenticated('system:node:', [NODES]), 'test');
    await expect(nameless.get(pods, { namespace, name: 'here' })).rejects.toMatchObject({
      message: expect.stringContaining('unknown node for user "system:node:"') as string,
    });
  });
});
