import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

describe('nodes and leases', () => {
  const master = useMaster();

  test('[ND13] a lease is created, updated, patched, listed and deleted', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const spec = {
      holderIdentity: 'holder',
      leaseDurationSeconds: 30,
      acquireTime: '2030-01-01T00:00:00.000000Z',
      renewTime: '2030-01-01T00:00:05.000000Z',
      leaseTransitions: 0,
    };
    const made = await master.api.post(path, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lease', labels: { suite: 'leases' } },
      spec,
    });
    expect(made.status).toBe(201);
    expect(made.json()['spec']).toEqual(spec);
    const taken = { ...spec, holderIdentity: 'other', leaseTransitions: 1 };
    const updated = await master.api.put(`${path}/lease`, { ...made.json(), spec: taken });
    expect(updated.json()['spec']).toEqual(taken);
    const patched = await master.api.patch(`${path}/lease`, 'merge', { spec: { leaseDurationSeconds: 20 } });
    expect(patched.json()['spec']).toEqual({ ...taken, leaseDurationSeconds: 20 });
    expect(
      (await master.api.get('/apis/coordination.k8s.io/v1/leases?labelSelector=suite%3Dleases')).json().items,
    ).toHaveLength(1);
    expect((await master.api.delete(`${path}?labelSelector=suite%3Dleases`)).status).toBe(200);
    expect((await master.api.get(`${path}/lease`)).status).toBe(404);
  });

  test('[ND13] a node is created, patched, its status patched, and deleted', async () => {
    const path = '/api/v1/nodes';
    const made = await master.api.post(path, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'fake' } });
    expect(made.status).toBe(201);
    const labelled = await master.api.patch(`${path}/fake`, 'strategic', { metadata: { labels: { zone: 'a' } } });
    expect(labelled.json().metadata?.labels).toMatchObject({ zone: 'a' });
    const condition = { type: 'Checked', status: 'True', reason: 'Tested', message: 'by a test' };
    const status = await master.api.patch(`${path}/fake/status`, 'strategic', { status: { conditions: [condition] } });
    expect(status.status).toBe(200);
    const { conditions } = status.json()['status'] as { conditions: unknown[] };
    expect(conditions).toContainEqual(condition);
    expect((await master.api.get(`${path}?labelSelector=zone%3Da`)).json().items).toHaveLength(1);
    expect((await master.api.delete(`${path}/fake`)).status).toBe(200);
    expect((await master.api.get(`${path}/fake`)).status).toBe(404);
  });
});
