import { describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { events } from '#common/kube/resources.ts';
import { MemoryClient } from '../../testing/memory-client.ts';
import { pod } from '../../testing/pods.ts';
import { podEvents } from './pod-events.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';

function recorder() {
  const clock = new VirtualClock();
  const client = new MemoryClient();
  const made = new EventRecorder(client, { component: 'kubelet', host: 'node-1' }, { clock, log: silentLog });
  return { clock, client, tell: podEvents(made, pod()) };
}

describe('events', () => {
  it('say what happened to which container, and who says so', async () => {
    const { clock, client, tell } = recorder();
    tell('Normal', 'Started', 'Started container web', 'web');
    await clock.advance(0);
    expect(client.all(events)).toEqual([
      expect.objectContaining({
        type: 'Normal',
        reason: 'Started',
        message: 'Started container web',
        count: 1,
        firstTimestamp: '2030-01-01T00:00:00Z',
        lastTimestamp: '2030-01-01T00:00:00Z',
        source: { component: 'kubelet', host: 'node-1' },
        involvedObject: expect.objectContaining({
          kind: 'Pod',
          namespace: 'default',
          name: 'web-1',
          uid: 'uid-1',
          fieldPath: 'spec.containers{web}',
        }) as unknown,
      }),
    ]);
    expect(client.all(events)[0]?.metadata).toMatchObject({ namespace: 'default' });
    expect(client.all(events)[0]?.metadata.name).toMatch(/^web-1\.[0-9a-f]+$/);
  });

  it('count up when they repeat, also when they do so at once', async () => {
    const { clock, client, tell } = recorder();
    for (let time = 0; time < 3; time++) tell('Warning', 'BackOff', 'Back-off', 'web');
    await clock.advance(60_000);
    tell('Warning', 'BackOff', 'Back-off', 'web');
    tell('Warning', 'Failed', 'Error', 'web');
    await clock.advance(0);
    expect(client.all(events).map(({ reason, count, lastTimestamp }) => [reason, count, lastTimestamp])).toEqual([
      ['BackOff', 4, '2030-01-01T00:01:00Z'],
      ['Failed', 1, '2030-01-01T00:01:00Z'],
    ]);
  });

  it('begin anew when the first one has expired', async () => {
    const { clock, client, tell } = recorder();
    tell('Warning', 'BackOff', 'Back-off');
    await clock.advance(1);
    await client.delete(events, client.all(events)[0]!.metadata);
    tell('Warning', 'BackOff', 'Back-off');
    await clock.advance(0);
    expect(client.all(events).map(({ count }) => count)).toEqual([1]);
  });

  it('are no flood: one object tells 25 and then one every five minutes', async () => {
    const { clock, client, tell } = recorder();
    for (let index = 0; index < 100; index++) tell('Normal', 'Pulled', `image ${index}`);
    await clock.advance(0);
    expect(client.all(events)).toHaveLength(25);
    await clock.advance(300_000);
    for (let index = 100; index < 110; index++) tell('Normal', 'Pulled', `image ${index}`);
    await clock.advance(0);
    expect(client.all(events)).toHaveLength(26);
  });

  it('that cannot be written keep nobody from going on', async () => {
    const { clock, client, tell } = recorder();
    client.failure = new Error('away');
    tell('Normal', 'Pulled', 'lost');
    await clock.advance(0);
    client.failure = undefined;
    tell('Normal', 'Pulled', 'told');
    await clock.advance(0);
    expect(client.all(events).map(({ message }) => message)).toEqual(['told']);
  });
});
