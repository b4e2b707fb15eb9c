import type { ITaint } from 'kubernetes-models/v1/Taint';
import type { IToleration } from 'kubernetes-models/v1/Toleration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { Informers } from '#common/client/informers.ts';
import { events, nodes, pods } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';
import { startTaintEviction } from './taint-eviction.ts';

let clock: VirtualClock;
let master: TestMaster;

// This controller alone: the node lifecycle would take away taints that do not follow from a condition.
beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock });
  const { admin: client, scope, random, log } = master;
  const informers = new Informers(client, { clock, random, log }, scope);
  const recorder = new EventRecorder(client, { component: 'taint-eviction-controller' }, { clock, log });
  startTaintEviction({ client, informers, events: recorder, clock, random, log }, scope);
  await client.create(nodes, nodeObject('a'));
});
afterEach(() => master[Symbol.asyncDispose]());

const gone: ITaint['key'] = 'node.kubernetes.io/unreachable';
const taint = async (...keys: string[]): Promise<void> => {
  const taints = keys.map((key) => ({ key, effect: 'NoExecute', timeAdded: timeText(clock.now()) }));
  await master.admin.patch(nodes, { name: 'a' }, 'merge', { spec: { taints } });
};
const addPod = (name: string, tolerations: IToleration[] = [], nodeName = 'a'): Promise<unknown> =>
  master.admin.create(pods, podObject(name, { spec: { nodeName, tolerations } }));
/** Pods that were not told to go. */
const staying = async (): Promise<string[]> =>
  (await master.admin.list(pods)).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);

describe('on a node that is tainted', () => {
  it('a pod stays five minutes by default, one that tolerates it for ever stays, one elsewhere does not care', async () => {
    await addPod('default');
    await addPod('for-ever', [{ key: gone, operator: 'Exists' }]);
    await addPod('elsewhere', [], 'b');
    await taint(gone);
    await clock.advance(299_000);
    expect(await staying()).toEqual(['default', 'elsewhere', 'for-ever']);
    await clock.advance(2_000);
    expect(await staying()).toEqual(['elsewhere', 'for-ever']);
    const told = (await master.admin.list(events)).items.map(({ reason, message }) => [reason, message]);
    expect(told).toEqual([['TaintManagerEviction', 'Marking for deletion Pod default/default']]);
  });

  it('a pod goes at once from a taint that it does not tolerate', async () => {
    await addPod('p');
    await taint('example.com/maintenance');
    await clock.advance(0);
    expect(await staying()).toEqual([]);
  });

  it('a pod stays as long as the shortest of its tolerations says', async () => {
    const toleration = (key: string, tolerationSeconds: number): IToleration => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds,
    });
    await addPod('p', [toleration('x', 60), toleration('y', 20)]);
    await taint('x', 'y');
    await clock.advance(19_000);
    expect(await staying()).toEqual(['p']);
    await clock.advance(2_000);
    expect(await staying()).toEqual([]);
  });

  it('the first toleration that fits decides', async () => {
    await addPod('p', [
      { key: 'x', operator: 'Exists', tolerationSeconds: 60 },
      { operator: 'Exists', tolerationSeconds: 1 },
    ]);
    await taint('x');
    await clock.advance(30_000);
    expect(await staying()).toEqual(['p']);
  });

  it('a pod that comes later goes as well', async () => {
    await taint(gone);
    await clock.advance(600_000);
    await addPod('late', [{ key: gone, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 }]);
    await clock.advance(9_000);
    expect(await staying()).toEqual(['late']);
    await clock.advance(2_000);
    expect(await staying()).toEqual([]);
  });

  it.each(['NoSchedule', 'PreferNoSchedule'])('of effect %s only, every pod stays', async (effect) => {
    await addPod('p');
    await master.admin.patch(nodes, { name: 'a' }, 'merge', { spec: { taints: [{ key: 'x', effect }] } });
    await clock.advance(600_000);
    expect(await staying()).toEqual(['p']);
  });
});

describe('nobody is evicted', () => {
  it('when the node recovers in time, and the time begins anew with the next taint', async () => {
    await addPod('p');
    await taint(gone);
    await clock.advance(250_000);
    await taint();
    await clock.advance(600_000);
    expect(await staying()).toEqual(['p']);
    await taint(gone);
    await clock.advance(299_000);
    expect(await staying()).toEqual(['p']);
    await clock.advance(2_000);
    expect(await staying()).toEqual([]);
  });

  it('because the clock on the wall jumped, as it does when a computer wakes up', async () => {
    await addPod('p');
    await taint(gone);
    await clock.advance(10_000);
    clock.jumpWall(8 * 3_600_000);
    // The kubelet is back, and says so before anyone has taken the taint away.
    await master.admin.patch(nodes, { name: 'a' }, 'merge', { metadata: { annotations: { back: 'yes' } } });
    await addPod('q');
    await clock.advance(1_000);
    await taint();
    await clock.advance(600_000);
    expect(await staying()).toEqual(['p', 'q']);
  });
});
