import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { useMaster } from './conformance-master.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints';
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

describe('services', () => {
  const master = useMaster();
  const service = (name: string): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { suite: 'services' } },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], selector: { app: name } },
  });

  test('[NW14] the status of a Service is patched and updated', async () => {
    const made = await master.api.post(SERVICES, {
      ...service('status'),
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
    });
    expect(made.status).toBe(201);
    const ingress = [{ ip: '203.0.113.1', ipMode: 'VIP' }];
    const patched = await master.api.patch(`${SERVICES}/status/status`, 'merge', {
      metadata: { annotations: { patched: 'true' } },
      status: { loadBalancer: { ingress } },
    });
    expect(patched.status).toBe(200);
    expect(patched.json()['status']).toMatchObject({ loadBalancer: { ingress } });
    const condition = {
      type: 'StatusUpdate',
      status: 'True',
      reason: 'Tested',
      message: 'by a test',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    };
    const updated = await master.api.put(`${SERVICES}/status/status`, {
      ...patched.json(),
      status: { ...(patched.json()['status'] as object), conditions: [condition] },
    });
    expect(updated.json()['status']).toMatchObject({ conditions: [condition] });
    const labelled = await master.api.patch(`${SERVICES}/status`, 'strategic', {
      metadata: { labels: { patched: 'yes' } },
    });
    expect(labelled.json()['status']).toMatchObject({ conditions: [condition] });
    await master.api.delete(`${SERVICES}/status`);
  });

  test('[NW14] Services are deleted with their collection', async () => {
    for (const name of ['a', 'b', 'c']) await master.api.post(SERVICES, service(name));
    expect((await master.api.get(`/api/v1/services?labelSelector=suite%3Dservices`)).json().items).toHaveLength(3);
    expect((await master.api.delete(`${SERVICES}?labelSelector=suite%3Dservices`)).status).toBe(200);
    expect((await master.api.get(`${SERVICES}?labelSelector=suite%3Dservices`)).json().items).toEqual([]);
  });

  test('[NW14] Endpoints are created, watched, updated, patched and deleted', async () => {
    const start = (await master.api.get(ENDPOINTS)).json().metadata?.resourceVersion ?? '';
    using watch = await master.api.watch(
      `${ENDPOINTS}?watch=true&labelSelector=suite%3Dendpoints&resourceVersion=${start}`,
    );
    const subset = (ip: string): object => ({
      addresses: [{ ip }],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    });
    const made = await master.api.post(ENDPOINTS, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'manual', labels: { suite: 'endpoints' } },
      subsets: [subset('10.0.0.1')],
    });
    expect(made.status).toBe(201);
    expect(await watch.next()).toMatchObject({ type: 'ADDED' });
    const updated = await master.api.put(`${ENDPOINTS}/manual`, { ...made.json(), subsets: [subset('10.0.0.2')] });
    expect(updated.json()['subsets']).toEqual([subset('10.0.0.2')]);
    await master.api.patch(`${ENDPOINTS}/manual`, 'strategic', { subsets: [subset('10.0.0.3')] });
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { subsets: [subset('10.0.0.2')] } });
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { subsets: [subset('10.0.0.3')] } });
    await master.api.delete(`${ENDPOINTS}?labelSelector=suite%3Dendpoints`);
    expect(await watch.next()).toMatchObject({ type: 'DELETED' });
  });

  test('[NW03] EndpointSlices are created, watched, updated, patched and deleted', async () => {
    const start = (await master.api.get(SLICES)).json().metadata?.resourceVersion ?? '';
    using watch = await master.api.watch(`${SLICES}?watch=true&labelSelector=suite%3Dslices&resourceVersion=${start}`);
    const made = await master.api.post(SLICES, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'manual', labels: { suite: 'slices' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    });
    expect(made.status).toBe(201);
    expect(await watch.next()).toMatchObject({ type: 'ADDED' });
    await master.api.patch(`${SLICES}/manual`, 'merge', { metadata: { annotations: { patched: 'true' } } });
    expect(await watch.next()).toMatchObject({
      type: 'MODIFIED',
      object: { metadata: { annotations: { patched: 'true' } } },
    });
    const family = await master.api.patch(`${SLICES}/manual`, 'merge', { addressType: 'IPv6' });
    expect(family.status).toBe(422);
    expect(
      (await master.api.get('/apis/discovery.k8s.io/v1/endpointslices?labelSelector=suite%3Dslices')).json().items,
    ).toHaveLength(1);
    await master.api.delete(`${SLICES}?labelSelector=suite%3Dslices`);
    expect(await watch.next()).toMatchObject({ type: 'DELETED' });
  });

  test('[NW14] the Service of the API server is there, and found among those of all namespaces', async () => {
    const found = await master.api.get(`${SERVICES}/kubernetes`);
    expect(found.status).toBe(200);
    expect(found.json()['spec']).toMatchObject({
      type: 'ClusterIP',
      ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
    });
    const everywhere = await master.api.get('/api/v1/services');
    const places = everywhere
      .json()
      .items?.map(({ metadata }) => `${String(metadata?.['namespace'])}/${metadata?.name}`);
    expect(places).toContain('default/kubernetes');
  });

  test('[NW03] Endpoints and an EndpointSlice of the same name lead to the API server', async () => {
    const port = Number(new URL(master.url).port);
    const { subsets } = (await master.api.get(`${ENDPOINTS}/kubernetes`)).json<{
      subsets?: { addresses: { ip: string }[] }[];
    }>();
    const [ip] = subsets?.flatMap(({ addresses }) => addresses.map((address) => address.ip)) ?? [];
    expect(ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(subsets).toMatchObject([{ ports: [{ name: 'https', port, protocol: 'TCP' }] }]);
    const selected = await master.api.get(`${SLICES}?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes`);
    expect(selected.json().items).toMatchObject([
      { addressType: 'IPv4', endpoints: [{ addresses: [ip] }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
    ]);
  });

  test('[NW03] a Service whose selector nobody has gets empty Endpoints and a slice, which go with it', async () => {
    const ofService = `${SLICES}?labelSelector=kubernetes.io%2Fservice-name%3Dalone`;
    expect((await master.api.post(SERVICES, service('alone'))).status).toBe(201);
    await until(async () => (await master.api.get(`${ENDPOINTS}/alone`)).status === 200);
    expect((await master.api.get(`${ENDPOINTS}/alone`)).json()['subsets']).toBeUndefined();
    await until(async () => (await master.api.get(ofService)).json().items?.length === 1);
    await master.api.delete(`${SERVICES}/alone`);
    await until(async () => (await master.api.get(`${ENDPOINTS}/alone`)).status === 404);
    await until(async () => (await master.api.get(ofService)).json().items?.length === 0);
  });
});
