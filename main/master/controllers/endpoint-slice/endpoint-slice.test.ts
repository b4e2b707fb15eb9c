import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Stored } from '#common/kube/object.ts';
import {
  endpoints,
  endpointSlices,
  pods,
  services,
  type Endpoints,
  type EndpointSlice,
  type Pod,
  type Service,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { podObject } from '../../../../test/support/objects.ts';

const namespace = 'default';
let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

// A second lets the writers that met each other try again.
const settled = (): Promise<void> => clock.advance(1_000);

async function makeService(name: string, spec: Partial<NonNullable<Service['spec']>> = {}): Promise<void> {
  await master.admin.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  });
}

interface Backend {
  readonly labels?: Record<string, string>;
  readonly ip?: string;
  readonly ready?: boolean;
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly spec?: Parameters<typeof podObject>[1] extends infer C ? (C extends { spec?: infer S } ? S : never) : never;
}

/** A pod on node `n`, with an address and ready, unless told otherwise. */
async function makePod(
  name: string,
  { labels = { app: 'web' }, ip, ready = true, phase = 'Running', spec = {} }: Backend,
): Promise<void> {
  await master.admin.create(pods, podObject(name, { metadata: { labels }, spec: { nodeName: 'n', ...spec } }));
  await setStatus(name, {
    phase,
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  });
}

async function setStatus(name: string, status: NonNullable<Pod['status']>): Promise<void> {
  await master.admin.patch(pods, { namespace, name }, 'strategic', { status }, { subresource: 'status' });
}

const slicesOf = async (service: string): Promise<readonly Stored<EndpointSlice>[]> =>
  (await master.admin.list(endpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${service}` }))
    .items;
const endpointsOf = async (service: string): Promise<Stored<Endpoints> | undefined> =>
  (await master.admin.list(endpoints, { namespace })).items.find(({ metadata }) => metadata.name === service);

/** `10.0.0.1 ready serving`: each endpoint with the conditions that hold. */
async function told(service: string): Promise<string[]> {
  const slices = await slicesOf(service);
  return slices
    .flatMap((slice) => slice.endpoints ?? [])
    .map(({ addresses, conditions = {} }) =>
      [...addresses, ...Object.entries(conditions).flatMap(([name, holds]) => (holds ? [name] : []))].join(' '),
    )
    .sort();
}

/** `10.0.0.1`, or `(10.0.0.1)` when it is not ready, of the older object. */
async function toldOld(service: string): Promise<string[]> {
  const { subsets = [] } = (await endpointsOf(service))!;
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [] }) => [
    ...addresses.map(({ ip }) => ip),
    ...notReadyAddresses.map(({ ip }) => `(${ip})`),
  ]);
}

describe('the endpoints of a Service', () => {
  it('are the pods that it selects and that have an address', async () => {
    await makePod('a', { ip: '10.0.0.1' });
    await makePod('b', { ip: '10.0.0.2', labels: { app: 'other' } });
    await makePod('c', {});
    await makeService('web');
    await settled();
    const [slice, ...more] = await slicesOf('web');
    expect(more).toEqual([]);
    expect(slice).toMatchObject({
      metadata: {
        generateName: 'web-',
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', controller: true, blockOwnerDeletion: true }],
      },
      addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'n',
          targetRef: { kind: 'Pod', name: 'a', namespace },
        },
      ],
    });
    expect(await endpointsOf('web')).toMatchObject({
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1', nodeName: 'n', targetRef: { kind: 'Pod', name: 'a', namespace } }],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    });
  });

  it('follow the pods: ready, not ready, on their way out, gone', async () => {
    await makeService('web');
    await makePod('a', { ip: '10.0.0.1', ready: false });
    await settled();
    expect([await told('web'), await toldOld('web')]).toEqual([['10.0.0.1'], ['(10.0.0.1)']]);

    await setStatus('a', { conditions: [{ type: 'Ready', status: 'True' }] });
    await settled();
    expect([await told('web'), await toldOld('web')]).toEqual([['10.0.0.1 ready serving'], ['10.0.0.1']]);

    // Still serving those that are connected (KEP-1672); the older object knows no such thing.
    await master.admin.delete(pods, { namespace, name: 'a' });
    await settled();
    expect([await told('web'), await toldOld('web')]).toEqual([['10.0.0.1 serving terminating'], []]);

    await master.admin.delete(pods, { namespace, name: 'a' }, { gracePeriodSeconds: 0 });
    await settled();
    expect([await told('web'), await toldOld('web')]).toEqual([[], []]);
    // One empty slice says that there is none.
    expect(await slicesOf('web')).toHaveLength(1);
  });

  it.each(['Succeeded', 'Failed'] as const)('are never pods that have %s', async (phase) => {
    await makeService('web');
    await makePod('a', { ip: '10.0.0.1', phase });
    await settled();
    expect(await told('web')).toEqual([]);
  });

  it('follow the labels of pods and the selector of the Service', async () => {
    await makeService('web');
    await makePod('a', { ip: '10.0.0.1' });
    await makePod('b', { ip: '10.0.0.2', labels: { app: 'next' } });
    await settled();
    await master.admin.patch(pods, { namespace, name: 'a' }, 'merge', { metadata: { labels: { app: 'next' } } });
    await settled();
    expect(await told('web')).toEqual([]);
    await master.admin.patch(services, { namespace, name: 'web' }, 'merge', { spec: { selector: { app: 'next' } } });
    await settled();
    expect(await told('web')).toEqual(['10.0.0.1 ready serving', '10.0.0.2 ready serving']);
  });

  it('are ready before their pods are where the Service says so', async () => {
    await makeService('web', { publishNotReadyAddresses: true });
    await makePod('a', { ip: '10.0.0.1', ready: false });
    await settled();
    expect(await told('web')).toEqual(['10.0.0.1 ready']);
    expect(await toldOld('web')).toEqual(['10.0.0.1']);
  });

  it('carry the host names of a headless Service', async () => {
    await makeService('web', { clusterIP: 'None' });
    await makePod('a', { ip: '10.0.0.1', spec: { hostname: 'first', subdomain: 'web' } });
    await makePod('b', { ip: '10.0.0.2', spec: { hostname: 'second', subdomain: 'elsewhere' } });
    await settled();
    const [slice] = await slicesOf('web');
    expect(slice!.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
    expect(slice!.endpoints!.map(({ hostname }) => hostname)).toEqual(['first', undefined]);
  });

  it("are others' business without a selector, and none for an alias", async () => {
    await master.admin.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'own', namespace },
      spec: { ports: [{ port: 80 }] },
    });
    await makeService('alias', { type: 'ExternalName', externalName: 'example.com' });
    await makePod('a', { ip: '10.0.0.1' });
    const mine = await master.admin.create(endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'mine', namespace, labels: { 'kubernetes.io/service-name': 'own' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.1'] }],
    });
    await settled();
    expect(await slicesOf('own')).toEqual([mine]);
    expect(await slicesOf('alias')).toEqual([]);
    expect((await master.admin.list(endpoints, { namespace })).items).toEqual([]);
  });

  it('go with the Service', async () => {
    await makeService('web');
    await makePod('a', { ip: '10.0.0.1' });
    await settled();
    await master.admin.delete(services, { namespace, name: 'web' });
    await settled();
    expect(await slicesOf('web')).toEqual([]);
    expect(await endpointsOf('web')).toBeUndefined();
  });
});

describe('ports with names', () => {
  const containers = (port: number, name = 'http') => ({
    containers: [{ name: 'web', image: 'web:1', ports: [{ name, containerPort: port }] }],
  });

  it('are what each pod says they are: pods that differ are in slices of their own', async () => {
    await makeService('web', { ports: [{ port: 80, targetPort: 'http' }] });
    await makePod('a', { ip: '10.0.0.1', spec: containers(8080) });
    await makePod('b', { ip: '10.0.0.2', spec: containers(9090) });
    await makePod('c', { ip: '10.0.0.3', spec: containers(8080) });
    await settled();
    const slices = await slicesOf('web');
    const seen = slices.map(({ ports = [], endpoints: list = [] }) => [
      ports[0]?.port,
      list.map(({ addresses }) => addresses[0]),
    ]);
    expect(seen.sort()).toEqual([
      [8080, ['10.0.0.1', '10.0.0.3']],
      [9090, ['10.0.0.2']],
    ]);
    const { subsets = [] } = (await endpointsOf('web'))!;
    expect(subsets.map(({ ports = [], addresses = [] }) => [ports[0]?.port, addresses.map(({ ip }) => ip)])).toEqual(
      seen.sort(),
    );
  });

  it('are left out for a pod that does not have them', async () => {
    await makeService('web', {
      ports: [
        { name: 'web', port: 80, targetPort: 'http' },
        { name: 'metrics', port: 9100, targetPort: 9100 },
      ],
    });
    await makePod('a', { ip: '10.0.0.1', spec: containers(8080, 'other') });
    await settled();
    expect((await slicesOf('web'))[0]!.ports).toEqual([{ name: 'metrics', port: 9100, protocol: 'TCP' }]);
  });

  it('are told apart by protocol', async () => {
    await makeService('dns', { ports: [{ name: 'udp', port: 53, protocol: 'UDP', targetPort: 'dns' }] });
    const ports = [
      { name: 'dns', containerPort: 5300, protocol: 'TCP' as const },
      { name: 'dns-udp', containerPort: 5301, protocol: 'UDP' as const },
    ];
    await makePod('a', { ip: '10.0.0.1', spec: { containers: [{ name: 'web', image: 'web:1', ports }] } });
    await settled();
    expect((await slicesOf('dns'))[0]!.ports).toEqual([]);
  });
});

describe('more than a hundred pods', () => {
  const address = (index: number): string => `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`;
  const many = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++)
      await makePod(`p-${String(index).padStart(3, '0')}`, { ip: address(index) });
  };

  it('are in slices of a hundred, and all in the older object', async () => {
    await makeService('web');
    await many(230);
    await settled();
    const sizes = (await slicesOf('web')).map(({ endpoints: list = [] }) => list.length);
    expect(sizes.sort((a, b) => b - a)).toEqual([100, 100, 30]);
    expect(new Set(await told('web')).size).toBe(230);
    expect(await toldOld('web')).toHaveLength(230);
  });

  it('leave slices that are no longer needed', async () => {
    await makeService('web');
    await many(110);
    await settled();
    expect(await slicesOf('web')).toHaveLength(2);
    for (let index = 0; index < 20; index++) {
      await master.admin.delete(
        pods,
        { namespace, name: `p-${String(index).padStart(3, '0')}` },
        { gracePeriodSeconds: 0 },
      );
    }
    await settled();
    expect((await slicesOf('web')).map(({ endpoints: list = [] }) => list.length)).toEqual([90]);
    expect(await told('web')).not.toContain(`${address(0)} ready serving`);
  });
});

it('writes nothing when nothing that matters has changed', async () => {
  await makeService('web');
  await makePod('a', { ip: '10.0.0.1' });
  await settled();
  const versions = async () => [
    (await slicesOf('web'))[0]!.metadata.resourceVersion,
    (await endpointsOf('web'))!.metadata.resourceVersion,
  ];
  const before = await versions();
  await master.admin.patch(pods, { namespace, name: 'a' }, 'merge', { metadata: { annotations: { note: 'x' } } });
  await master.admin.patch(services, { namespace, name: 'web' }, 'merge', { metadata: { annotations: { note: 'x' } } });
  await settled();
  expect(await versions()).toEqual(before);
});
