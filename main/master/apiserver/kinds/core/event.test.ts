import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { events, type Event } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { RawApi } from '../../../../../test/support/raw-api.ts';

const event = (
  name: string,
  namespace: string,
  involvedObject: Event['involvedObject'],
  extra: Partial<Event> = {},
): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace },
  involvedObject,
  ...extra,
});
const POD = { kind: 'Pod', namespace: 'default', name: 'web', uid: 'u' };

describe('an event', () => {
  it('is told for an hour after it was last changed', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    await master.admin.create(events, event('a', 'default', POD));
    await master.admin.create(events, event('b', 'default', POD));
    await clock.advance(50 * 60_000);
    await master.admin.patch(events, { namespace: 'default', name: 'b' }, 'merge', { count: 2 });
    await clock.advance(20 * 60_000);
    const left = (await master.admin.list(events)).items.map(({ metadata }) => metadata.name);
    expect(left).toEqual(['b']);
  });

  it('lies where the object is that it is about', async () => {
    await using master = await TestMaster.start();
    await expect(master.admin.create(events, event('a', 'kube-system', POD))).rejects.toMatchObject({
      status: {
        code: 422,
        message:
          'Event "a" is invalid: involvedObject.namespace: Invalid value: "default": does not match event.namespace',
      },
    });
    await master.admin.create(events, event('a', 'default', { kind: 'Node', name: 'n' }));
  });

  it('is found by what it is about, and shown as kubectl does', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const times = { firstTimestamp: '2029-12-31T23:58:00Z', lastTimestamp: '2029-12-31T23:59:30Z' };
    const source = { component: 'kubelet', host: 'n' };
    const told = { type: 'Warning', reason: 'BackOff', message: 'again\n', count: 3, source, ...times };
    await master.admin.create(events, event('a', 'default', POD, told));
    await master.admin.create(events, event('b', 'default', { ...POD, name: 'other' }));
    using api = await RawApi.open(master);
    const selector = encodeURIComponent('involvedObject.name=web,involvedObject.kind=Pod,type=Warning,reason=BackOff');
    const answer = await api.request('GET', `/api/v1/namespaces/default/events?fieldSelector=${selector}`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(answer.json<{ rows: { cells: unknown[] }[] }>().rows.map(({ cells }) => cells)).toEqual([
      ['30s', 'Warning', 'BackOff', 'pod/web', '', 'kubelet, n', 'again', '2m', 3, 'a'],
    ]);
  });
});
