import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Stored } from '#common/kube/object.ts';
import { events, nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';
import { nodeObject, podObject, requesting } from '../../../test/support/objects.ts';
import { amountsOf, podRequests } from './framework/resources.ts';

let clock: VirtualClock;
let master: TestMaster;
const start = async (): Promise<void> => {
  clock = new VirtualClock();
  master = await TestMaster.start({ scheduler: true, clock });
};

beforeEach(start);
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(0);
const podNamed = (name: string): Promise<Stored<Pod>> => master.admin.get(pods, { namespace: 'default', name });
const placeOf = async (name: string): Promise<string | undefined> => (await podNamed(name)).spec?.nodeName;
const eventsAbout = async (name: string): Promise<string[]> =>
  (await master.admin.list(events, { namespace: 'default' })).items
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ type, reason, message, count }) => `${type} ${reason} ${count}x: ${message}`);

async function addNode(name: string, change: Parameters<typeof nodeObject>[1] = {}): Promise<void> {
  await master.admin.create(nodes, nodeObject(name, change));
}

async function addPod(name: string, change: Parameters<typeof podObject>[1] = {}): Promise<void> {
  await master.admin.create(pods, podObject(name, change));
}

const big = { spec: requesting({ cpu: '3' }) };

describe('a pod', () => {
  it('is bound to a node, once, and that is told', async () => {
    await addNode('a');
    await addPod('p');
    await settled();
    const bound = await podNamed('p');
    expect(bound.spec?.nodeName).toBe('a');
    expect(bound.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    expect(await eventsAbout('p')).toEqual(['Normal Scheduled 1x: Successfully assigned default/p to a']);
  });

  it.each([
    ['of another scheduler', { schedulerName: 'other' }],
    ['with a gate', { schedulingGates: [{ name: 'example.com/wait' }] }],
  ])('%s is left alone', async (_, spec) => {
    await addNode('a');
    await addPod('p', { spec });
    await settled();
    expect(await placeOf('p')).toBeUndefined();
    expect(await eventsAbout('p')).toEqual([]);
  });

  it('that fits nowhere is told why, and placed as soon as a node comes that has room', async () => {
    await addNode('a', { allocatable: { cpu: '1' } });
    await addPod('p', big);
    await settled();
    const waiting = await podNamed('p');
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    expect(waiting.spec?.nodeName).toBeUndefined();
    expect(waiting.status?.conditions).toMatchObject([
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    ]);
    expect(await eventsAbout('p')).toEqual([`Warning FailedScheduling 1x: ${message}`]);

    await addNode('b');
    await settled();
    expect(await placeOf('p')).toBe('b');
  });

  it('that waits is not judged anew by a heartbeat, but by a change that may make room', async () => {
    await addNode('a', { spec: { unschedulable: true } });
    await addPod('p');
    await settled();
    const heartbeat = {
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2030-01-01T00:01:00Z' }] },
    };
    await master.admin.patch(nodes, { name: 'a' }, 'strategic', heartbeat, { subresource: 'status' });
    await settled();
    expect(await eventsAbout('p')).toEqual([
      'Warning FailedScheduling 1x: 0/1 nodes are available: 1 node(s) were unschedulable.',
    ]);
    await master.admin.patch(nodes, { name: 'a' }, 'merge', { spec: { unschedulable: null } });
    await settled();
    expect(await placeOf('p')).toBe('a');
  });

  it.each([
    ['is deleted', () => master.admin.delete(pods, { namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 })],
    [
      'has ended',
      () =>
        master.admin.patch(
          pods,
          { namespace: 'default', name: 'first' },
          'merge',
          { status: { phase: 'Succeeded' } },
          {
            subresource: 'status',
          },
        ),
    ],
  ])('that waits is placed when another %s', async (_, end) => {
    await addNode('a');
    await addPod('first', big);
    await settled();
    await addPod('second', big);
    await settled();
    expect([await placeOf('first'), await placeOf('second')]).toEqual(['a', undefined]);
    await end();
    await settled();
    expect(await placeOf('second')).toBe('a');
  });

  it('that waits is placed when one vanishes that was promised the room and never bound', async () => {
    await addNode('a');
    // In one turn: the first is gone before its binding arrives, the second was already told that it has to wait.
    await addPod('first', big);
    await addPod('second', big);
    await master.admin.delete(pods, { namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 });
    await clock.advance(2000);
    expect(await placeOf('second')).toBe('a');
  });
});

describe('pods of one controller', () => {
  it('are spread evenly over equal nodes', async () => {
    for (const name of ['a', 'b', 'c']) await addNode(name);
    const metadata = {
      ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web', uid: 'u', controller: true }],
    };
    await Promise.all(Array.from({ length: 9 }, (_, index) => addPod(`web-${index}`, { metadata })));
    await settled();
    expect(await podsPerNode()).toEqual({ a: 3, b: 3, c: 3 });
  });

  it('go where there are none yet, also when that node has less room', async () => {
    await addNode('large', { allocatable: { cpu: '64', memory: '256Gi' } });
    await addNode('small', { allocatable: { cpu: '2', memory: '4Gi' } });
    const metadata = {
      ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web', uid: 'u', controller: true }],
    };
    await addPod('web-1', { metadata, spec: requesting({ cpu: '1' }) });
    await addPod('web-2', { metadata, spec: requesting({ cpu: '1' }) });
    await settled();
    expect(await podsPerNode()).toEqual({ large: 1, small: 1 });
  });
});

it('gives nobody a room twice when many pods come in one turn', async () => {
  await addNode('a', { allocatable: { cpu: '2', pods: '10' } });
  await Promise.all(
    Array.from({ length: 30 }, (_, index) => addPod(`p-${index}`, { spec: requesting({ cpu: '500m' }) })),
  );
  await settled();
  expect(await podsPerNode()).toEqual({ a: 4 });
});

type Action =
  | { readonly type: 'node'; readonly cpu: number; readonly pods: number }
  | { readonly type: 'pod'; readonly cpu: number; readonly memory: number }
  | { readonly type: 'delete' | 'drop'; readonly index: number }
  | { readonly type: 'wait' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('node' as const),
      cpu: fc.integer({ min: 1, max: 4 }),
      pods: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('pod' as const),
      cpu: fc.integer({ min: 0, max: 20 }),
      memory: fc.integer({ min: 0, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('delete' as const, 'drop' as const), index: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
);

it('never gives a node more than it has, and leaves no pod waiting that fits', async () => {
  await fc.assert(
    fc
      .asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        let number = 0;
        for (const step of actions) {
          number++;
          switch (step.type) {
            case 'node':
              await addNode(`n-${number}`, { allocatable: { cpu: String(step.cpu), pods: String(step.pods) } });
              break;
            case 'pod':
              await addPod(`p-${number}`, {
                spec: requesting({ cpu: `${step.cpu * 100}m`, memory: `${step.memory}Gi` }),
              });
              break;
            case 'delete':
            case 'drop':
              await removeOne(step.type === 'delete' ? pods : nodes, step.index);
              break;
            case 'wait':
              await settled();
              break;
          }
        }
        // Bindings that failed are tried again after a second.
        await clock.advance(3000);
        const nodeList = (await master.admin.list(nodes)).items;
        const podList = (await master.admin.list(pods)).items;
        for (const node of nodeList) expect(overcommitted(node, podList)).toEqual([]);
        for (const waiting of podList.filter(({ spec }) => !spec?.nodeName)) {
          const there = { ...waiting, spec: { ...waiting.spec } };
          const fitting = nodeList.filter(
            (node) =>
              overcommitted(node, [
                ...podList.filter(({ spec }) => spec?.nodeName),
                { ...there, spec: { ...there.spec, nodeName: node.metadata.name } } as Stored<Pod>,
              ]).length === 0,
          );
          expect(fitting.map(({ metadata }) => metadata.name)).toEqual([]);
        }
      })
      .beforeEach(async () => {
        await master[Symbol.asyncDispose]();
        await start();
      }),
    { numRuns: 25, seed: 7 },
  );
});

async function removeOne(resource: typeof pods | typeof nodes, index: number): Promise<void> {
  const { items } = await master.admin.list(resource as typeof pods);
  const found = items[index % Math.max(1, items.length)];
  if (!found) return;
  const { namespace, name } = found.metadata;
  await master.admin.delete(
    resource as typeof pods,
    { ...(namespace ? { namespace } : {}), name },
    { gracePeriodSeconds: 0 },
  );
}

/** The resources of which the node's pods ask for more than it has. */
function overcommitted(node: Stored<Node>, podList: readonly Stored<Pod>[]): string[] {
  const held = podList.filter(({ spec }) => spec?.nodeName === node.metadata.name);
  const used: Record<string, number> = { pods: held.length };
  for (const pod of held) {
    for (const [name, amount] of Object.entries(podRequests(pod))) used[name] = (used[name] ?? 0) + amount;
  }
  const allocatable = amountsOf(node.status?.allocatable);
  return Object.keys(used).filter((name) => used[name]! > (allocatable[name] ?? 0));
}

async function podsPerNode(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { spec } of (await master.admin.list(pods)).items) {
    if (spec?.nodeName) counts[spec.nodeName] = (counts[spec.nodeName] ?? 0) + 1;
  }
  return counts;
}
