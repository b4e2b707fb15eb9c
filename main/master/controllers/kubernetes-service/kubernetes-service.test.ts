import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { endpoints, endpointSlices, services, type Service } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';

const KUBERNETES = { namespace: 'default', name: 'kubernetes' };
const HERE = { address: '10.1.2.3', port: 6443 };

let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(1_000);

async function advertise(to = HERE): Promise<void> {
  master.controllers!.advertise(to);
  await settled();
}

/** What leads to the API server, by the Endpoints and by the EndpointSlice. */
async function targets(): Promise<unknown> {
  const { subsets } = await master.admin.get(endpoints, KUBERNETES);
  const slice = await master.admin.get(endpointSlices, KUBERNETES);
  return { subsets, slice: [slice.endpoints, slice.ports, slice.metadata.labels] };
}

const leadingTo = (ip: string, port: number): unknown => ({
  subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  slice: [
    [{ addresses: [ip], conditions: { ready: true } }],
    [{ name: 'https', port, protocol: 'TCP' }],
    { 'kubernetes.io/service-name': 'kubernetes' },
  ],
});

it('is made once it is known where the API server is reached', async () => {
  await settled();
  await expect(master.admin.get(services, KUBERNETES)).rejects.toMatchObject({ code: 404 });
  await advertise();
  const { metadata, spec } = await master.admin.get(services, KUBERNETES);
  expect(metadata.labels).toEqual({ component: 'apiserver', provider: 'kubernetes' });
  expect(spec).toMatchObject({
    clusterIP: '10.96.0.1',
    clusterIPs: ['10.96.0.1'],
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
  });
  expect(spec!.selector).toBeUndefined();
  expect(await targets()).toEqual(leadingTo('10.1.2.3', 6443));
});

it('follows the API server to another address', async () => {
  await advertise();
  await advertise({ address: '10.9.9.9', port: 7443 });
  expect(await targets()).toEqual(leadingTo('10.9.9.9', 7443));
  const { spec } = await master.admin.get(services, KUBERNETES);
  expect(spec!.ports).toMatchObject([{ port: 443, targetPort: 7443 }]);
});

it('comes back when it is deleted or changed', async () => {
  await advertise();
  await master.admin.delete(services, KUBERNETES);
  await master.admin.delete(endpoints, KUBERNETES);
  await master.admin.patch(endpointSlices, KUBERNETES, 'merge', { endpoints: [], metadata: { labels: null } });
  await settled();
  expect((await master.admin.get(services, KUBERNETES)).spec!.clusterIP).toBe('10.96.0.1');
  expect(await targets()).toEqual(leadingTo('10.1.2.3', 6443));
  const before = (await master.admin.get(endpointSlices, KUBERNETES)).metadata.uid;
  await master.admin.delete(endpointSlices, KUBERNETES);
  await settled();
  expect((await master.admin.get(endpointSlices, KUBERNETES)).metadata.uid).not.toBe(before);
});

it('is there without endpoints where nobody can reach the API server', async () => {
  master.controllers!.advertise({ address: undefined, port: 6443 });
  await settled();
  expect((await master.admin.get(services, KUBERNETES)).spec!.clusterIP).toBe('10.96.0.1');
  await expect(master.admin.get(endpoints, KUBERNETES)).rejects.toMatchObject({ code: 404 });
});

it('has its address for itself, also while it is away', async () => {
  const asking: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name: 'other' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80 }] },
  };
  await expect(master.admin.create(services, asking)).rejects.toMatchObject({
    code: 422,
    message:
      'Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated',
  });
  await advertise();
  expect((await master.admin.get(services, KUBERNETES)).spec!.clusterIP).toBe('10.96.0.1');
});
