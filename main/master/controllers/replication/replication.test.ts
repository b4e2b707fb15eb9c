import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Stored } from '#common/kube/object.ts';
import { events, pods, replicationControllers, type Pod, type ReplicationController } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { controllerObject, podObject } from '../../../../test/support/objects.ts';
import { claimPods } from './claim.ts';

const namespace = 'default';
let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(0);
const controller = (name = 'web'): Promise<Stored<ReplicationController>> =>
  master.admin.get(replicationControllers, { namespace, name });
const podList = async (): Promise<readonly Stored<Pod>[]> => (await master.admin.list(pods, { namespace })).items;
const names = async (): Promise<string[]> => (await podList()).map(({ metadata }) => metadata.name);
const ownersOf = (pod: Stored<Pod>): string[] => (pod.metadata.ownerReferences ?? []).map(({ name }) => name);

async function make(replicas: number, spec: Parameters<typeof controllerObject>[2] = {}): Promise<void> {
  await master.admin.create(replicationControllers, controllerObject('web', replicas, spec));
  await settled();
}

async function scale(replicas: number): Promise<void> {
  await master.admin.patch(
    replicationControllers,
    { namespace, name: 'web' },
    'merge',
    { spec: { replicas } },
    {
      subresource: 'scale',
    },
  );
  await settled();
}

async function setStatus(name: string, status: NonNullable<Pod['status']>): Promise<void> {
  await master.admin.patch(pods, { namespace, name }, 'strategic', { status }, { subresource: 'status' });
}

const ready = (since = '2030-01-01T00:00:00Z'): NonNullable<Pod['status']> => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }],
});

describe('a controller', () => {
  it('makes its pods from its template, as its own', async () => {
    await make(3, {
      template: {
        metadata: { labels: { app: 'web', tier: 'front' }, annotations: { note: 'a' } },
        spec: { containers: [{ name: 'web', image: 'web:2' }], terminationGracePeriodSeconds: 5 },
      },
    });
    const owner = await controller();
    const made = await podList();
    expect(made).toHaveLength(3);
    for (const pod of made) {
      expect(pod.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
      expect(pod).toMatchObject({
        metadata: {
          generateName: 'web-',
          labels: { app: 'web', tier: 'front' },
          annotations: { note: 'a' },
          ownerReferences: [
            {
              apiVersion: 'v1',
              kind: 'ReplicationController',
              name: 'web',
              uid: owner.metadata.uid,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        spec: { containers: [{ image: 'web:2' }], terminationGracePeriodSeconds: 5 },
      });
    }
  });

  it('tells how many pods there are, and that it has seen its newest version', async () => {
    await make(3);
    expect((await controller()).status).toEqual({ replicas: 3, fullyLabeledReplicas: 3, observedGeneration: 1 });
    await setStatus((await names())[0]!, ready());
    await settled();
    expect((await controller()).status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 1,
    });
    await scale(0);
    expect((await controller()).status).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    await make(1, { minReadySeconds: 30 });
    await setStatus((await names())[0]!, ready());
    await clock.advance(29_000);
    expect((await controller()).status).toMatchObject({ readyReplicas: 1 });
    expect((await controller()).status?.availableReplicas).toBeUndefined();
    await clock.advance(2_000);
    expect((await controller()).status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  it('scales up and down, and the pods that do least go first', async () => {
    await make(2);
    const first = await names();
    for (const name of first) await setStatus(name, ready());
    await scale(5);
    expect(await names()).toHaveLength(5);
    await scale(2);
    expect((await names()).sort()).toEqual(first.sort());
    await scale(0);
    expect(await names()).toEqual([]);
  });

  it.each([
    ['deleted', (name: string) => master.admin.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 })],
    ['ended', (name: string) => setStatus(name, { phase: 'Failed' })],
  ])('replaces a pod that was %s', async (_, end) => {
    await make(2);
    const [doomed = '', other = ''] = await names();
    await end(doomed);
    await settled();
    const active = (await podList())
      .filter(({ status }) => status?.phase !== 'Failed')
      .map(({ metadata }) => metadata.name);
    expect(active).toHaveLength(2);
    expect(active).toContain(other);
    expect(active).not.toContain(doomed);
  });

  it('replaces a pod as soon as it is marked, without waiting for it to end', async () => {
    await make(1);
    const [name = ''] = await names();
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: 'n' } };
    await master.admin.createSubresource(pods, { namespace, name }, 'binding', body);
    await master.admin.delete(pods, { namespace, name });
    await settled();
    const all = await podList();
    expect(all.map(({ metadata }) => metadata.deletionTimestamp !== undefined).sort()).toEqual([false, true]);
  });

  it('tells what it did in events', async () => {
    await make(1);
    const [name = ''] = await names();
    await scale(0);
    const told = (await master.admin.list(events, { namespace })).items
      .filter(({ involvedObject }) => involvedObject.kind === 'ReplicationController')
      .map(({ type, reason, message, source }) => [type, reason, message, source?.component])
      .sort();
    expect(told).toEqual([
      ['Normal', 'SuccessfulCreate', `Created pod: ${name}`, 'replication-controller'],
      ['Normal', 'SuccessfulDelete', `Deleted pod: ${name}`, 'replication-controller'],
    ]);
  });
});

describe('a pod that nobody owns', () => {
  it('is adopted when its labels match, and counts', async () => {
    await master.admin.create(pods, podObject('loose', { metadata: { labels: { app: 'web' } } }));
    await master.admin.create(pods, podObject('other', { metadata: { labels: { app: 'other' } } }));
    await make(2);
    const all = await podList();
    expect(all.filter((pod) => ownersOf(pod).includes('web'))).toHaveLength(2);
    expect(ownersOf(all.find(({ metadata }) => metadata.name === 'loose')!)).toEqual(['web']);
    expect(ownersOf(all.find(({ metadata }) => metadata.name === 'other')!)).toEqual([]);
  });

  it('is adopted when it comes later, and one too many goes', async () => {
    await make(1);
    const [first = ''] = await names();
    await setStatus(first, ready());
    await master.admin.create(pods, podObject('loose', { metadata: { labels: { app: 'web' } } }));
    await settled();
    expect(await names()).toEqual([first]);
  });

  it('is not taken from another controller', async () => {
    const metadata = {
      labels: { app: 'web' },
      ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Other', name: 'o', uid: 'u', controller: true }],
    };
    await master.admin.create(pods, podObject('taken', { metadata }));
    await make(1);
    expect(await names()).toHaveLength(2);
    expect(ownersOf((await podList()).find(({ metadata: { name } }) => name === 'taken')!)).toEqual(['o']);
  });

  it('is not adopted for a controller that is already gone, though an informer may still show it', async () => {
    await make(0);
    const stale = await controller();
    await master.admin.delete(replicationControllers, { namespace, name: 'web' });
    await settled();
    await master.admin.create(
      replicationControllers,
      controllerObject('web', 0, { selector: { app: 'new' }, template: controllerObject('new', 0).spec!.template! }),
    );
    const loose = await master.admin.create(pods, podObject('loose', { metadata: { labels: { app: 'web' } } }));
    expect(await claimPods(master.admin, stale, [loose])).toEqual([]);
    expect(ownersOf((await podList())[0]!)).toEqual([]);
  });
});

it('releases a pod whose label is taken away, and makes another', async () => {
  await make(1);
  const [name = ''] = await names();
  await master.admin.patch(pods, { namespace, name }, 'merge', { metadata: { labels: { app: 'debug' } } });
  await settled();
  const all = await podList();
  expect(all).toHaveLength(2);
  expect(ownersOf(all.find(({ metadata }) => metadata.name === name)!)).toEqual([]);
});

describe('what cannot be made', () => {
  /** Pods of this name part are forbidden, as a quota would. */
  const impossible = (): Parameters<typeof controllerObject>[2] => ({
    template: {
      metadata: { labels: { app: 'web' }, finalizers: ['not a name'] },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    },
  });

  it('is told in the status, tried once at a time and ever more rarely', async () => {
    await make(500, impossible());
    const { conditions = [] } = (await controller()).status!;
    expect(conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }]);
    expect(conditions[0]!.message).toContain('metadata.finalizers');
    expect(await names()).toEqual([]);
    await clock.advance(10_000);
    const failures = (await master.admin.list(events, { namespace })).items.filter(
      ({ reason }) => reason === 'FailedCreate',
    );
    // After 5 ms, 10 ms, ... 5 s: eleven tries in the first ten seconds, of one pod each.
    expect(failures.length).toBeGreaterThan(8);
    expect(failures.length).toBeLessThan(15);
    expect(failures[0]!.message).toMatch(/^Error creating: Pod "web-/);
  });

  it('is told no longer when it could be made', async () => {
    await make(2, impossible());
    const since = (await controller()).status!.conditions![0]!.lastTransitionTime;
    await clock.advance(3_000);
    expect((await controller()).status!.conditions![0]!.lastTransitionTime).toBe(since);
    const patch = { spec: { template: { metadata: { finalizers: null } } } };
    await master.admin.patch(replicationControllers, { namespace, name: 'web' }, 'merge', patch);
    await settled();
    expect(await names()).toHaveLength(2);
    expect((await controller()).status?.conditions).toBeUndefined();
  });
});

it('makes and deletes nothing twice when it is scaled again and again while it works', async () => {
  await make(0);
  const { resourceVersion } = await master.admin.list(pods, { namespace });
  const write = (replicas: number): Promise<unknown> =>
    master.admin.patch(replicationControllers, { namespace, name: 'web' }, 'merge', { spec: { replicas } });
  for (let replicas = 1; replicas <= 30; replicas++) await write(replicas);
  await settled();
  for (let replicas = 29; replicas >= 20; replicas--) await write(replicas);
  await settled();
  expect(await names()).toHaveLength(20);

  await master.admin.create(pods, podObject('end'));
  const counts: Record<string, number> = {};
  const watch = master.admin.watch(pods, { namespace, resourceVersion }, new AbortController().signal);
  for await (const event of watch) {
    if (event.type !== 'BOOKMARK' && event.object.metadata.name === 'end') break;
    counts[event.type] = (counts[event.type] ?? 0) + 1;
  }
  expect(counts).toEqual({ ADDED: 30, DELETED: 10 });
});
