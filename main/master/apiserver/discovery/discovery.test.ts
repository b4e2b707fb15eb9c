import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';

let master: TestMaster;
let api: RawApi;

beforeAll(async () => {
  master = await TestMaster.start();
  api = await RawApi.open(master);
});
afterAll(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

const get = async <T>(path: string, headers = {}): Promise<T> =>
  (await api.request('GET', path, { headers })).json<T>();
const AGGREGATED = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' };

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly group?: string;
    readonly version?: string;
  }[];
}

interface Aggregated {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs: readonly string[];
        readonly responseKind: { group: string; version: string; kind: string };
        readonly subresources?: readonly { subresource: string; responseKind: unknown; verbs: readonly string[] }[];
      }[];
    }[];
  }[];
}

describe('discovery', () => {
  it('lists versions, groups and their preferred version', async () => {
    expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { groups } = await get<{ groups: { name: string; preferredVersion: unknown }[] }>('/apis');
    expect(groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['certificates.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io']),
    );
    const group = await get('/apis/coordination.k8s.io');
    expect(group).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'coordination.k8s.io',
      versions: [{ groupVersion: 'coordination.k8s.io/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'coordination.k8s.io/v1', version: 'v1' },
    });
  });

  it('describes the resources of a version, and their subresources', async () => {
    const { groupVersion, resources } = await get<ResourceList>('/api/v1');
    expect(groupVersion).toBe('v1');
    const find = (name: string): unknown => resources.find((resource) => resource.name === name);
    const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
    expect(find('pods')).toMatchObject({
      kind: 'Pod',
      namespaced: true,
      singularName: 'pod',
      shortNames: ['po'],
      verbs,
    });
    expect(find('nodes')).toMatchObject({ kind: 'Node', namespaced: false, shortNames: ['no'] });
    expect(find('pods/log')).toMatchObject({ kind: 'Pod', singularName: '', verbs: ['get'] });
    expect(find('pods/binding')).toMatchObject({ kind: 'Binding', verbs: ['create'] });
    expect(find('replicationcontrollers/scale')).toMatchObject({
      kind: 'Scale',
      group: 'autoscaling',
      version: 'v1',
      verbs: ['get', 'patch', 'update'],
    });
    expect(find('namespaces/finalize')).toMatchObject({ verbs: ['update'] });
  });

  it('says that it serves only what it serves', async () => {
    const { resources } = await get<ResourceList>('/api/v1');
    for (const { name, namespaced, verbs } of resources) {
      if (name.includes('/') || !verbs.includes('list')) continue;
      expect((await api.request('GET', `/api/v1/${name}`)).status, name).toBe(200);
      if (namespaced) expect((await api.request('GET', `/api/v1/namespaces/default/${name}`)).status, name).toBe(200);
    }
    expect(await api.failure('GET', '/apis/nothing.example.com')).toMatchObject({ code: 404 });
    expect(await api.failure('GET', '/apis/coordination.k8s.io/v9')).toMatchObject({ code: 404 });
    expect(await api.failure('GET', '/api/v2')).toMatchObject({ code: 404 });
  });

  it('gives everything at once to who understands that', async () => {
    const answer = await api.request('GET', '/apis', { headers: AGGREGATED });
    expect(answer.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const all = [...(await get<Aggregated>('/api', AGGREGATED)).items, ...answer.json<Aggregated>().items];
    for (const { metadata, versions } of all) {
      for (const { version, resources } of versions) {
        const path = metadata.name === undefined ? `/api/${version}` : `/apis/${metadata.name}/${version}`;
        const legacy = (await get<ResourceList>(path)).resources;
        const names = resources.flatMap(({ resource, subresources = [] }) => [
          resource,
          ...subresources.map(({ subresource }) => `${resource}/${subresource}`),
        ]);
        expect(names).toEqual(legacy.map(({ name }) => name));
      }
    }
    const core = all[0]!.versions[0]!.resources;
    expect(core.find(({ resource }) => resource === 'namespaces')).toMatchObject({
      scope: 'Cluster',
      responseKind: { group: '', version: 'v1', kind: 'Namespace' },
    });
  });

  it('need not be sent twice', async () => {
    const first = await api.request('GET', '/api', { headers: AGGREGATED });
    const { etag } = first.headers;
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    const again = await api.request('GET', '/api', { headers: { ...AGGREGATED, 'if-none-match': etag! } });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const other = await api.request('GET', '/api', { headers: { ...AGGREGATED, 'if-none-match': '"0"' } });
    expect([other.status, other.headers.etag]).toEqual([200, etag]);
    expect((await api.request('GET', '/apis', { headers: AGGREGATED })).headers.etag).not.toBe(etag);
  });
});
