import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces';
const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

describe('namespaces', () => {
  const master = useMaster();

  test('[AM13] a namespace is patched', async () => {
    await master.api.post(PATH, namespace('patched'));
    const answer = await master.api.patch(`${PATH}/patched`, 'strategic', { metadata: { labels: { team: 'a' } } });
    expect(answer.status).toBe(200);
    expect((await master.api.get(`${PATH}/patched`)).json().metadata?.labels).toMatchObject({
      team: 'a',
      'kubernetes.io/metadata.name': 'patched',
    });
  });

  test('[AM13] a namespace is updated', async () => {
    const body = (await master.api.post(PATH, namespace('updated'))).json();
    const changed = { ...body, metadata: { ...body.metadata, labels: { ...body.metadata?.labels, team: 'b' } } };
    expect((await master.api.put(`${PATH}/updated`, changed)).status).toBe(200);
    const stale = await master.api.put(`${PATH}/updated`, changed);
    expect(stale.status).toBe(409);
    expect(stale.json().message).toBe(
      'Operation cannot be fulfilled on namespaces "updated": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('[AM13] the status of a namespace is patched and updated, and nothing else with it', async () => {
    await master.api.post(PATH, namespace('status'));
    const condition = (type: string): object => ({ type, status: 'True', reason: 'Checked', message: 'by a test' });
    const patched = await master.api.patch(`${PATH}/status/status`, 'merge', {
      metadata: { annotations: { patched: 'yes' } },
      spec: { finalizers: [] },
      status: { conditions: [condition('StatusPatched')] },
    });
    expect(patched.status).toBe(200);
    expect(patched.json()).toMatchObject({
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active', conditions: [{ type: 'StatusPatched' }] },
    });
    const updated = await master.api.put(`${PATH}/status/status`, {
      ...patched.json(),
      status: { phase: 'Active', conditions: [condition('StatusUpdated')] },
    });
    expect(updated.status).toBe(200);
    expect((await master.api.get(`${PATH}/status/status`)).json()).toMatchObject({
      status: { conditions: [{ type: 'StatusUpdated' }] },
    });
  });

  test('[AM13] a finalizer is added through its own door, and holds the namespace until it is gone', async () => {
    const body = (await master.api.post(PATH, namespace('finalized'))).json();
    const finalizers = ['kubernetes', 'example.com/guard'];
    const answer = await master.api.put(`${PATH}/finalized/finalize`, { ...body, spec: { finalizers } });
    expect(answer.status).toBe(200);
    expect(answer.json()['spec']).toEqual({ finalizers });
    using watch = await master.api.watch(
      `${PATH}?watch=true&fieldSelector=metadata.name%3Dfinalized&resourceVersion=${answer.json().metadata?.resourceVersion ?? ''}`,
    );
    await master.api.delete(`${PATH}/finalized`);
    // The controller empties the namespace and takes its own finalizer away.
    for (;;) {
      const { type, object } = await watch.next();
      expect(type).toBe('MODIFIED');
      expect(object['status']).toMatchObject({ phase: 'Terminating' });
      if (JSON.stringify(object['spec']) !== JSON.stringify({ finalizers: ['example.com/guard'] })) continue;
      const left = await master.api.put(`${PATH}/finalized/finalize`, { ...object, spec: { finalizers: [] } });
      if (left.status === 200) break;
      expect(left.status).toBe(409);
    }
    for (;;) if ((await watch.next()).type === 'DELETED') break;
    expect((await master.api.get(`${PATH}/finalized`)).status).toBe(404);
  });

  test('[AM14] the Services of a namespace go with it, and a new one of its name has none', async () => {
    const path = `${PATH}/leaving`;
    const place = `${path}/services/web`;
    await master.api.post(PATH, namespace('leaving'));
    const made = await master.api.post(`${path}/services`, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    });
    expect(made.status).toBe(201);
    await master.api.delete(path);
    await until(async () => (await master.api.get(path)).status === 404);
    expect((await master.api.post(PATH, namespace('leaving'))).status).toBe(201);
    expect((await master.api.get(place)).status).toBe(404);
    expect((await master.api.get(`${path}/services`)).json().items).toEqual([]);
  });
});
