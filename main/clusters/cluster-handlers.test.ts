import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import {
  rowsEventSchema,
  rowSchemas,
  rowsQuerySchema,
  type Row,
  type RowsEvent,
  type View,
} from '#common/contract/rows.ts';
import { overviewSchema, type Deploy, type Overview } from '#common/contract/workloads.ts';
import { clusterIdSchema } from '#common/contract/cluster.ts';
import { nodes, pods, replicationControllers, services, type Pod } from '#common/kube/resources.ts';
import { authenticated } from '../master/apiserver/authentication/user.ts';
import { CLUSTER_ADMINS } from '../master/apiserver/authorization/bootstrap-policy.ts';
import { TestMaster } from '../../test/support/master.ts';
import { nodeObject, podObject } from '../../test/support/objects.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import type { ClusterHandlers } from './thread-protocol.ts';

const cluster = clusterIdSchema.parse('abcdef');
const namespace = 'default';
let clock: VirtualClock;
let master: TestMaster;
let handlers: ClusterHandlers;
let abort: AbortController;

beforeEach(async () => {
  clock = new VirtualClock();
  abort = new AbortController();
  master = await TestMaster.start({ controllers: true, scheduler: true, clock });
  const { scope, random, log } = master;
  const client = master.client(authenticated('kubernetes-admin', [CLUSTER_ADMINS]), 'pilothouse');
  handlers = clusterHandlers(client, {
    clock,
    random,
    log,
    scope,
    readLogs: () => Promise.reject(new Error('no logs')),
  });
});
afterEach(async () => {
  abort.abort();
  await master[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
const settled = (): Promise<void> => clock.advance(1_000);
const workload: Deploy = { namespace, name: 'web', image: 'pilothouse/web:1', replicas: 2, port: 8080 };
const ref = { cluster, namespace, name: 'web' };
const deployed = async (): Promise<void> => {
  await handlers['cluster.deploy']({ cluster, workload }, signal);
  await settled();
};

/** Follows a table; gives back how to read what a window would show by now. */
async function table<V extends View>(view: V): Promise<{ rows: () => Row<V>[]; events: RowsEvent[] }> {
  const events: RowsEvent[] = [];
  const held = new Map<string, Row<V>>();
  const query = rowsQuerySchema.parse({ cluster, view });
  const emit = (event: RowsEvent): void => {
    events.push(rowsEventSchema.parse(event));
    for (const one of event.rows) held.set(one.id, rowSchemas[view].parse(one) as Row<V>);
  };
  void handlers['cluster.rows'](query, emit, abort.signal);
  await settled();
  return { events, rows: () => events.at(-1)!.order.map((id) => held.get(id)!) };
}

async function addNode(name: string, address: string): Promise<void> {
  await master.admin.create(nodes, nodeObject(name));
  const status = { addresses: [{ type: 'InternalIP', address }], nodeInfo: { kubeletVersion: 'v1.34.0' } };
  await master.admin.patch(nodes, { name }, 'strategic', { status }, { subresource: 'status' });
}

async function setStatus(name: string, status: Pod['status']): Promise<void> {
  await master.admin.patch(pods, { namespace, name }, 'strategic', { status }, { subresource: 'status' });
}

async function runAll(): Promise<void> {
  for (const [index, { metadata }] of (await master.admin.list(pods, { namespace })).items.entries()) {
    await setStatus(metadata.name, {
      phase: 'Running',
      podIP: `10.244.0.${index + 1}`,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'web', image: 'web:1', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
      ],
    });
  }
  await settled();
}

describe('a deployment from the window', () => {
  it('is a controller and a Service in front of it, with links once a node answers', async () => {
    await addNode('n-1', '10.89.0.11');
    const view = await table('workloads');
    await deployed();
    await runAll();
    const service = await master.admin.get(services, { namespace, name: 'web' });
    const { nodePort } = service.spec!.ports![0]!;
    expect(service.spec).toMatchObject({
      type: 'NodePort',
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080 }],
    });
    expect(view.rows()).toMatchObject([
      {
        name: 'web',
        kind: 'ReplicationController',
        images: ['pilothouse/web:1'],
        desired: 2,
        current: 2,
        ready: 2,
        tone: 'ok',
        urls: [`http://10.89.0.11:${nodePort!}`],
      },
    ]);
  });

  it('whose name is taken is refused, and leaves what was there', async () => {
    await master.admin.create(replicationControllers, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 0,
        selector: { app: 'old' },
        template: { metadata: { labels: { app: 'old' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    });
    await expect(handlers['cluster.deploy']({ cluster, workload }, signal)).rejects.toMatchObject({
      code: 'name-taken',
      params: { name: 'web' },
    });
    // Half a deployment is none.
    expect((await master.admin.list(services, { namespace })).items).toEqual([]);
    expect((await master.admin.get(replicationControllers, { namespace, name: 'web' })).spec?.selector).toEqual({
      app: 'old',
    });
  });

  it("into a namespace that is not there is refused in the API's words", async () => {
    const elsewhere = { ...workload, namespace: 'nowhere' };
    await expect(handlers['cluster.deploy']({ cluster, workload: elsewhere }, signal)).rejects.toMatchObject({
      code: 'refused-by-api',
      params: { message: 'namespaces "nowhere" not found' },
    });
  });

  it('is scaled', async () => {
    await deployed();
    await handlers['cluster.scale']({ ...ref, replicas: 5 }, signal);
    await settled();
    expect((await master.admin.list(pods, { namespace })).items).toHaveLength(5);
    await expect(handlers['cluster.scale']({ ...ref, name: 'other', replicas: 1 }, signal)).rejects.toMatchObject({
      code: 'refused-by-api',
      params: { message: 'replicationcontrollers "other" not found' },
    });
  });

  it('is deleted with its pods and its own Service, and no other', async () => {
    await deployed();
    await master.admin.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'also', namespace },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await handlers['cluster.deleteWorkload'](ref, signal);
    await settled();
    expect((await master.admin.list(pods, { namespace })).items).toEqual([]);
    expect((await master.admin.list(services, { namespace })).items.map(({ metadata }) => metadata.name)).toEqual([
      'also',
    ]);
  });

  it('has a pod that is deleted replaced', async () => {
    await deployed();
    const [first] = (await master.admin.list(pods, { namespace })).items;
    const { name } = first!.metadata;
    await handlers['cluster.deletePod']({ cluster, namespace, name }, signal);
    await settled();
    const left = (await master.admin.list(pods, { namespace })).items.map(({ metadata }) => metadata.name);
    expect(left).toHaveLength(2);
    expect(left).not.toContain(name);
  });
});

describe('the table of pods', () => {
  it.each<[string, Pod['status'], Partial<Row<'pods'>>]>([
    [
      'no node fits',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' }],
      },
      { status: 'Pending', tone: 'warn', message: 'no room' },
    ],
    ['it is being made', waiting('ContainerCreating'), { status: 'ContainerCreating', tone: 'info' }],
    [
      'its image is missing',
      waiting('ImagePullBackOff', 'not found'),
      { status: 'ImagePullBackOff', tone: 'error', message: 'not found' },
    ],
    ['it runs', running({ ready: true }), { status: 'Running', tone: 'ok', ready: 1 }],
    ['it runs and serves nobody', running({ ready: false }), { status: 'Running', tone: 'warn', ready: 0 }],
    [
      'it has restarted often',
      running({ ready: true, restartCount: 7 }),
      { status: 'Running', tone: 'warn', restarts: 7 },
    ],
    [
      'it has done its work',
      { phase: 'Succeeded', containerStatuses: [ended(0)] },
      { status: 'Completed', tone: 'done' },
    ],
    ['it has failed', { phase: 'Failed', containerStatuses: [ended(3)] }, { status: 'Error', tone: 'error' }],
  ])('tells when %s', async (_, status, expected) => {
    await master.admin.create(pods, podObject('p', { spec: { nodeName: 'n-1' } }));
    await setStatus('p', status);
    const view = await table('pods');
    expect(view.rows()).toMatchObject([{ name: 'p', namespace, containers: ['web'], node: 'n-1', ...expected }]);
  });

  it('tells who made a pod, and that it is on its way out', async () => {
    await addNode('n-1', '10.89.0.11');
    await deployed();
    await runAll();
    const [first] = (await master.admin.list(pods, { namespace })).items;
    const { name } = first!.metadata;
    await master.admin.delete(pods, { namespace, name });
    const view = await table('pods');
    expect(view.rows().find((one) => one.name === name)).toMatchObject({
      controller: 'ReplicationController/web',
      status: 'Terminating',
      tone: 'leaving',
      ip: '10.244.0.1',
    });
  });
});

describe('the table of nodes', () => {
  it('follows their readiness and their pods', async () => {
    await addNode('n-1', '10.89.0.11');
    await addNode('n-2', '10.89.0.12');
    const view = await table('nodes');
    expect(view.rows()).toMatchObject([
      {
        name: 'n-1',
        status: 'Ready',
        tone: 'ok',
        address: '10.89.0.11',
        version: 'v1.34.0',
        cpus: 4,
        memoryBytes: 8 * 2 ** 30,
        pods: 0,
        podCapacity: 110,
      },
      { name: 'n-2', status: 'Ready', tone: 'ok', pods: 0 },
    ]);
    await deployed();
    expect(view.rows().map((one) => one.pods)).toEqual([1, 1]);

    await master.admin.patch(nodes, { name: 'n-1' }, 'merge', { spec: { unschedulable: true } });
    const conditions = [{ type: 'Ready', status: 'Unknown' }];
    await master.admin.patch(
      nodes,
      { name: 'n-2' },
      'strategic',
      { status: { conditions } },
      { subresource: 'status' },
    );
    await settled();
    expect(view.rows()).toMatchObject([
      { status: 'Ready,SchedulingDisabled', tone: 'warn' },
      { status: 'NotReady', tone: 'unknown' },
    ]);
  });

  it('says nothing of heartbeats', async () => {
    await addNode('n-1', '10.89.0.11');
    const view = await table('nodes');
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2030-01-01T00:05:00Z' }];
    await master.admin.patch(
      nodes,
      { name: 'n-1' },
      'strategic',
      { status: { conditions } },
      { subresource: 'status' },
    );
    await settled();
    expect(view.events).toHaveLength(1);
  });
});

it('the table of Services follows endpoints and nodes', async () => {
  const view = await table('services');
  await deployed();
  const { nodePort } = (await master.admin.get(services, { namespace, name: 'web' })).spec!.ports![0]!;
  expect(view.rows()).toMatchObject([
    { name: 'web', type: 'NodePort', ports: [`80:${nodePort!}/TCP`], endpoints: 0, urls: [] },
  ]);
  await addNode('n-1', '10.89.0.11');
  await settled();
  await runAll();
  expect(view.rows()).toMatchObject([{ endpoints: 2, urls: [`http://10.89.0.11:${nodePort!}`] }]);
});

it('the table of events tells who said what about whom', async () => {
  const view = await table('events');
  await master.admin.create(pods, podObject('p'));
  await settled();
  expect(view.rows()).toMatchObject([
    {
      type: 'Warning',
      reason: 'FailedScheduling',
      object: 'Pod/p',
      message: 'no nodes available to schedule pods',
      count: 1,
    },
  ]);
});

it('the overview counts, and is silent while nothing changes', async () => {
  const seen: Overview[] = [];
  void handlers['cluster.overview']({ cluster }, (overview) => seen.push(overviewSchema.parse(overview)), abort.signal);
  await settled();
  expect(seen.at(-1)).toEqual({
    nodes: { total: 0, ready: 0 },
    pods: { total: 0, running: 0, pending: 0, failed: 0, succeeded: 0 },
    workloads: { total: 0, ready: 0 },
    services: 0,
    namespaces: ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
  });
  await addNode('n-1', '10.89.0.11');
  await deployed();
  expect(seen.at(-1)).toMatchObject({
    nodes: { total: 1, ready: 1 },
    pods: { total: 2, pending: 2 },
    workloads: { total: 1, ready: 0 },
    services: 1,
  });
  await runAll();
  expect(seen.at(-1)).toMatchObject({ pods: { total: 2, running: 2, pending: 0 }, workloads: { total: 1, ready: 1 } });
  const before = seen.length;
  await master.admin.patch(nodes, { name: 'n-1' }, 'merge', { metadata: { annotations: { note: 'x' } } });
  await settled();
  expect(seen).toHaveLength(before);
});

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function containerStatus(change: Partial<ContainerStatus>): ContainerStatus {
  return { name: 'web', image: 'web:1', imageID: '', ready: false, restartCount: 0, ...change };
}

function waiting(reason: string, message?: string): Pod['status'] {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  return { phase: 'Pending', containerStatuses: [containerStatus({ state })] };
}

function running(change: Partial<ContainerStatus>): Pod['status'] {
  return { phase: 'Running', containerStatuses: [containerStatus({ state: { running: {} }, ...change })] };
}

function ended(exitCode: number): ContainerStatus {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return containerStatus({ state: { terminated: { exitCode, reason } } });
}
