import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { nodes, pods } from '#common/kube/resources.ts';
import { TestMaster } from '../../test/support/master.ts';
import { nodeObject, podObject } from '../../test/support/objects.ts';
import { drain, reportStopped, setSchedulable } from './drain.ts';

const namespace = 'default';
const { signal } = new AbortController();
let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock });
  await master.admin.create(nodes, nodeObject('a'));
});
afterEach(() => master[Symbol.asyncDispose]());

const addPod = (name: string, nodeName = 'a'): Promise<unknown> =>
  master.admin.create(pods, podObject(name, { spec: { nodeName } }));
const leaving = async (): Promise<Record<string, boolean>> =>
  Object.fromEntries(
    (await master.admin.list(pods)).items.map(({ metadata }) => [
      metadata.name,
      metadata.deletionTimestamp !== undefined,
    ]),
  );
/** As a kubelet does once nothing of the pod runs any more. */
const letGo = (name: string): Promise<void> =>
  master.admin.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 });

/** Drains in the background; tells whether that is over. */
function draining(): { readonly over: () => boolean } {
  let over = false;
  void drain(master.admin, 'a', clock, signal).then(() => (over = true));
  return { over: () => over };
}

describe('draining', () => {
  it('keeps new pods away, ends those that are there with their grace, and waits until they are gone', async () => {
    await addPod('p');
    await addPod('elsewhere', 'b');
    const { over } = draining();
    await clock.advance(5_000);
    expect((await master.admin.get(nodes, { name: 'a' })).spec?.unschedulable).toBe(true);
    expect(await leaving()).toEqual({ elsewhere: false, p: true });
    expect(over()).toBe(false);
    await letGo('p');
    await clock.advance(500);
    expect(over()).toBe(true);
  });

  it('leaves alone what has ended, but waits for what is leaving, ended or not', async () => {
    for (const name of ['done', 'both']) {
      await addPod(name);
    }
    await master.admin.delete(pods, { namespace, name: 'both' });
    for (const name of ['done', 'both']) {
      const status = { phase: 'Succeeded' };
      await master.admin.patch(pods, { namespace, name }, 'merge', { status }, { subresource: 'status' });
    }
    const { over } = draining();
    await clock.advance(5_000);
    expect([over(), (await leaving())['done']]).toEqual([false, false]);
    await letGo('both');
    await clock.advance(500);
    expect(over()).toBe(true);
  });

  it('is over at once where nothing runs, also on a node that is not there any more', async () => {
    await master.admin.delete(nodes, { name: 'a' });
    await drain(master.admin, 'a', clock, signal);
  });

  it('does not wait for ever', async () => {
    await addPod('stuck');
    const { over } = draining();
    await clock.advance(39_000);
    expect(over()).toBe(false);
    await clock.advance(2_000);
    expect(over()).toBe(true);
  });

  it('stops when it is told to', async () => {
    await addPod('p');
    const abort = new AbortController();
    const running = drain(master.admin, 'a', clock, abort.signal);
    await clock.advance(1_000);
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(clock.pending).toBe(0);
  });
});

it('a node takes new pods again when it is told to', async () => {
  await setSchedulable(master.admin, 'a', false);
  await setSchedulable(master.admin, 'a', true);
  expect((await master.admin.get(nodes, { name: 'a' })).spec?.unschedulable).toBeUndefined();
  await setSchedulable(master.admin, 'gone', true);
});

it('what is known of a machine that was stopped is told at once, in the words of its silence', async () => {
  await reportStopped(master.admin, 'a', clock);
  expect((await master.admin.get(nodes, { name: 'a' })).status?.conditions).toEqual([
    {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    },
  ]);
  await reportStopped(master.admin, 'gone', clock);
});
