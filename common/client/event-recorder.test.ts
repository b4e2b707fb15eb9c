import { describe, expect, it } from 'vitest';
import { lineLog } from '#common/base/log.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Stored } from '#common/kube/object.ts';
import { events, namespaces, type Event } from '#common/kube/resources.ts';
import { TestMaster } from '../../test/support/master.ts';
import type { Client } from './client.ts';
import { EventRecorder, type InvolvedObject } from './event-recorder.ts';

const pod = (name: string, detail: Partial<InvolvedObject> = {}): InvolvedObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  ...detail,
});

/** A recorder on a master of its own. */
async function recording(): Promise<
  { clock: VirtualClock; admin: Client; lines: string[]; recorder: EventRecorder } & AsyncDisposable & {
      all(): Promise<readonly Stored<Event>[]>;
    }
> {
  const clock = new VirtualClock();
  const master = await TestMaster.start({ clock });
  const { admin } = master;
  const lines: string[] = [];
  const log = lineLog((line) => lines.push(line), 'debug');
  const recorder = new EventRecorder(admin, { component: 'kubelet', host: 'node-a' }, { clock, log });
  return {
    clock,
    admin,
    lines,
    recorder,
    async all() {
      await clock.advance(0);
      return (await admin.list(events)).items;
    },
    [Symbol.asyncDispose]: () => master[Symbol.asyncDispose](),
  };
}

describe('the event recorder', () => {
  it('tells what happened to what, when, and who says so', async () => {
    await using test = await recording();
    test.recorder.record(
      pod('web', { fieldPath: 'spec.containers{web}' }),
      'Warning',
      'BackOff',
      'Back-off restarting',
    );
    const at = '2030-01-01T00:00:00Z';
    expect(await test.all()).toMatchObject([
      {
        metadata: { namespace: 'default', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string },
        involvedObject: {
          kind: 'Pod',
          namespace: 'default',
          name: 'web',
          uid: 'uid-web',
          fieldPath: 'spec.containers{web}',
        },
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting',
        source: { component: 'kubelet', host: 'node-a' },
        reportingComponent: 'kubelet',
        reportingInstance: 'node-a',
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      },
    ]);
  });

  it('counts up what happens again', async () => {
    await using test = await recording();
    for (let times = 0; times < 3; times++) {
      test.recorder.record(pod('web'), 'Normal', 'Pulled', 'image');
      await test.clock.advance(1000);
    }
    expect(await test.all()).toMatchObject([
      { count: 3, firstTimestamp: '2030-01-01T00:00:00Z', lastTimestamp: '2030-01-01T00:00:02Z' },
    ]);
  });

  it('counts up in order also when all is told at once', async () => {
    await using test = await recording();
    for (let times = 0; times < 20; times++) test.recorder.record(pod('web'), 'Normal', 'Pulled', 'image');
    expect(await test.all()).toMatchObject([{ count: 20 }]);
  });

  it('keeps apart what differs in anything, also within one millisecond', async () => {
    await using test = await recording();
    const { recorder } = test;
    recorder.record(pod('web'), 'Normal', 'Pulled', 'image');
    recorder.record(pod('web'), 'Warning', 'Pulled', 'image');
    recorder.record(pod('web'), 'Normal', 'Pulling', 'image');
    recorder.record(pod('web'), 'Normal', 'Pulled', 'another');
    recorder.record(pod('web', { fieldPath: 'spec.containers{a}' }), 'Normal', 'Pulled', 'image');
    recorder.record(pod('web', { uid: 'another' }), 'Normal', 'Pulled', 'image');
    const other = new EventRecorder(
      test.admin,
      { component: 'scheduler' },
      { clock: test.clock, log: lineLog(() => {}) },
    );
    other.record(pod('web'), 'Normal', 'Pulled', 'image');
    const all = await test.all();
    expect(all).toHaveLength(7);
    expect(new Set(all.map(({ count }) => count))).toEqual(new Set([1]));
  });

  it('begins a new series when the first event has expired', async () => {
    await using test = await recording();
    test.recorder.record(pod('web'), 'Normal', 'Pulled', 'image');
    await test.all();
    await test.clock.advance(2 * 3_600_000);
    expect(await test.all()).toEqual([]);
    test.recorder.record(pod('web'), 'Normal', 'Pulled', 'image');
    expect(await test.all()).toMatchObject([{ count: 1, firstTimestamp: '2030-01-01T02:00:00Z' }]);
  });

  it('lets no object flood the API, and gives it room again with time', async () => {
    await using test = await recording();
    const flood = async (): Promise<number> => {
      for (let times = 0; times < 40; times++) test.recorder.record(pod('web'), 'Normal', 'Failed', 'again');
      test.recorder.record(pod('other'), 'Normal', 'Pulled', 'image');
      const all = await test.all();
      expect(all).toHaveLength(2);
      return all.find(({ involvedObject }) => involvedObject.name === 'web')!.count!;
    };
    expect(await flood()).toBe(25);
    await test.clock.advance(2 * 300_000);
    expect(await flood()).toBe(27);
  });

  it('puts events of things without a namespace into the default one', async () => {
    await using test = await recording();
    test.recorder.record({ apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'node-a' }, 'Normal', 'Ready', 'yes');
    expect(await test.all()).toMatchObject([
      { metadata: { namespace: 'default' }, involvedObject: { name: 'node-a' } },
    ]);
  });

  it('shortens a name that leaves no room', async () => {
    await using test = await recording();
    test.recorder.record(pod(`${'a'.repeat(235)}.${'b'.repeat(17)}`), 'Normal', 'Pulled', 'image');
    expect(await test.all()).toHaveLength(1);
  });

  it('never fails: what cannot be written is logged, and what follows is written', async () => {
    await using test = await recording();
    const gone = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } } as const;
    await test.admin.create(namespaces, gone);
    await test.admin.delete(namespaces, { name: 'gone' });
    test.recorder.record(pod('a', { namespace: 'gone' }), 'Normal', 'Pulled', 'image');
    test.recorder.record(pod('a', { namespace: 'missing' }), 'Normal', 'Pulled', 'image');
    test.recorder.record(pod('Not A Name'), 'Normal', 'Pulled', 'image');
    test.recorder.record(pod('fine'), 'Normal', 'Pulled', 'image');
    expect((await test.all()).map(({ involvedObject }) => involvedObject.name)).toEqual(['fine']);
    expect(test.lines.map((line) => /DEBUG|WARN/.exec(line)?.[0])).toEqual(['DEBUG', 'DEBUG', 'WARN']);
  });
});
