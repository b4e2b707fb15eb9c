import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces/default/events';

describe('events', () => {
  const master = useMaster();
  const event = (name: string): object => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, labels: { suite: 'events' } },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
    reason: 'Tested',
    message: 'by a test',
    type: 'Normal',
    source: { component: 'test' },
    firstTimestamp: '2030-01-01T00:00:00Z',
    lastTimestamp: '2030-01-01T00:00:00Z',
    count: 1,
  });

  test('[IN01] an event is created, found everywhere, patched, updated and deleted', async () => {
    expect((await master.api.post(PATH, event('one'))).status).toBe(201);
    const everywhere = await master.api.get('/api/v1/events?fieldSelector=involvedObject.name%3Dweb%2Creason%3DTested');
    expect(everywhere.json().items?.map(({ metadata }) => metadata?.name)).toEqual(['one']);
    const patched = await master.api.patch(`${PATH}/one`, 'strategic', { message: 'patched', count: 2 });
    expect(patched.json()).toMatchObject({ message: 'patched', count: 2, reason: 'Tested' });
    const series = { count: 3, lastObservedTime: '2030-01-01T00:00:00.123456Z' };
    const updated = await master.api.put(`${PATH}/one`, { ...patched.json(), series });
    expect(updated.status).toBe(200);
    expect((await master.api.get(`${PATH}/one`)).json()['series']).toEqual(series);
    await master.api.delete(`${PATH}/one`);
    expect((await master.api.get(`${PATH}/one`)).status).toBe(404);
  });

  test('[IN01] events are deleted with their collection', async () => {
    for (const name of ['a', 'b', 'c']) await master.api.post(PATH, event(name));
    expect((await master.api.delete(`${PATH}?labelSelector=suite%3Devents`)).status).toBe(200);
    expect((await master.api.get(`${PATH}?labelSelector=suite%3Devents`)).json().items).toEqual([]);
  });
});
