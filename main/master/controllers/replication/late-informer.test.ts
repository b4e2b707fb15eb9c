import { afterEach, beforeEach, expect, it } from 'vitest';
import { sleep } from '#common/base/clock.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client, WatchEvent, WatchOptions } from '#common/client/client.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { Informers } from '#common/client/informers.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { pods, replicationControllers, type Resource } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { controllerObject, podObject } from '../../../../test/support/objects.ts';
import { startReplication } from './replication.ts';

// What a controller sees of its own writes may come late; it must not write them again.

const namespace = 'default';
const LATE_MS = 500;
let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock });
  const { admin: client, scope, random, log } = master;
  const informers = new Informers(latePods(client), { clock, random, log }, scope);
  const events = new EventRecorder(client, { component: 'replication-controller' }, { clock, log });
  startReplication({ client, informers, events, clock, random, log }, scope);
  await client.create(replicationControllers, controllerObject('web', 0));
  await clock.advance(0);
});
afterEach(() => master[Symbol.asyncDispose]());

/** The same API, where each event of pods is heard half a second after the one before it. */
function latePods(client: Client): Client {
  return {
    get: client.get.bind(client),
    list: client.list.bind(client),
    create: client.create.bind(client),
    update: client.update.bind(client),
    patch: client.patch.bind(client),
    delete: client.delete.bind(client),
    createSubresource: client.createSubresource.bind(client),
    async *watch<T extends KubeObject>(
      resource: Resource<T>,
      options: WatchOptions,
      signal: AbortSignal,
    ): AsyncIterable<WatchEvent<T>> {
      for await (const event of client.watch(resource, options, signal)) {
        if (resource.plural === pods.plural) await sleep(clock, LATE_MS, signal);
        yield event;
      }
    },
  };
}

/** Written while the controller has seen nothing of what it did before: each write has it look again. */
async function touch(replicas: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await master.admin.patch(replicationControllers, { namespace, name: 'web' }, 'merge', {
      metadata: { annotations: { time: String(time) } },
      spec: { replicas },
    });
    await clock.advance(20);
  }
}

async function history(resourceVersion: string): Promise<Record<string, number>> {
  await master.admin.create(pods, podObject('end'));
  const counts: Record<string, number> = {};
  for await (const event of master.admin.watch(pods, { namespace, resourceVersion }, new AbortController().signal)) {
    if (event.type !== 'BOOKMARK' && event.object.metadata.name === 'end') break;
    counts[event.type] = (counts[event.type] ?? 0) + 1;
  }
  return counts;
}

it('makes no pod twice that it has not seen yet', async () => {
  const { resourceVersion } = await master.admin.list(pods, { namespace });
  await touch(4, 10);
  await clock.advance(10_000);
  expect(await history(resourceVersion)).toEqual({ ADDED: 4 });
});

it('deletes no other pod while it has not seen the end of the one that it deleted', async () => {
  for (const replicas of [1, 2, 3]) {
    await touch(replicas, 1);
    await clock.advance(10_000);
  }
  const { items, resourceVersion } = await master.admin.list(pods, { namespace });
  const [oldest] = [...items].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  // The youngest goes. What is heard next makes the oldest the first to go, and the youngest still seems to be there.
  const status = { phase: 'Unknown' };
  const { name } = oldest!.metadata;
  for (const other of items.filter(({ metadata }) => metadata.name !== name)) {
    const running = { status: { phase: 'Running' } };
    await master.admin.patch(pods, { namespace, name: other.metadata.name }, 'merge', running, {
      subresource: 'status',
    });
  }
  await master.admin.patch(pods, { namespace, name }, 'merge', { status }, { subresource: 'status' });
  await touch(2, 1);
  await clock.advance(10_000);
  expect(await history(resourceVersion)).toEqual({ MODIFIED: 3, DELETED: 1 });
});
