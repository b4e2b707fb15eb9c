import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps, nodes, pods } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';

const clock = new VirtualClock();
let master: TestMaster;
let api: RawApi;

beforeAll(async () => {
  master = await TestMaster.start({ clock });
  api = await RawApi.open(master);
  await master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default', annotations: { l: 'é' } },
    data: { key: 'ü' },
  });
  await master.admin.create(pods, podObject('web', { spec: { nodeName: 'n' } }));
  await master.admin.create(nodes, nodeObject('n', { metadata: { labels: { 'node-role.kubernetes.io/worker': '' } } }));
  await clock.advance(90_000);
});
afterAll(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

const A = '/api/v1/namespaces/default/configmaps/a';
const as = (form: string): { accept: string } => ({ accept: `application/json;as=${form};v=v1;g=meta.k8s.io` });

describe('JSON', () => {
  it('of an object is the same wherever it comes from', async () => {
    const got = await api.request('GET', A);
    expect(got.headers['content-type']).toBe('application/json');
    expect(got.json()).toEqual(await master.admin.get(configMaps, { namespace: 'default', name: 'a' }));
    const patched = await api.request('PATCH', A, {
      body: { data: { key: 'ü' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.text).toBe(got.text);
  });

  it('of a list says the type once', async () => {
    const { items, ...list } = (await api.request('GET', '/api/v1/configmaps')).json<{ items: unknown[] }>();
    expect(list).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: expect.anything() as string },
    });
    const { kind: _kind, apiVersion: _version, ...item } = (await api.request('GET', A)).json();
    expect(items).toEqual([item]);
  });

  it('of an empty list is a list', async () => {
    expect((await api.request('GET', '/api/v1/secrets')).json()).toMatchObject({ kind: 'SecretList', items: [] });
  });
});

describe('YAML', () => {
  it('goes out', async () => {
    const answer = await api.request('GET', A, { headers: { accept: 'application/yaml' } });
    expect(answer.headers['content-type']).toBe('application/yaml');
    expect(parseYaml(answer.text)).toEqual((await api.request('GET', A)).json());
    const list = await api.request('GET', '/api/v1/configmaps', { headers: { accept: 'application/yaml' } });
    expect(parseYaml(list.text)).toMatchObject({ kind: 'ConfigMapList', items: [{ metadata: { name: 'a' } }] });
  });

  it('comes in', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata:\n  text: |\n    one\n    two\n';
    const answer = await api.request('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
      body,
      headers: { 'content-type': 'application/yaml; charset=utf-8', accept: 'application/yaml' },
    });
    expect(answer.status).toBe(201);
    expect(parseYaml(answer.text)).toMatchObject({ data: { text: 'one\ntwo\n' } });
  });
});

describe('tables', () => {
  it('show pods as kubectl does, the wide columns with lower priority', async () => {
    const answer = await api.request('GET', '/api/v1/namespaces/default/pods', { headers: as('Table') });
    const table = answer.json<{
      columnDefinitions: { name: string; priority: number; type: string }[];
      rows: { cells: unknown[]; object: unknown }[];
    }>();
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const columns = (priority: number): string[] =>
      table.columnDefinitions.filter((column) => column.priority === priority).map(({ name }) => name);
    expect(columns(0)).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    expect(columns(1)).toEqual(['IP', 'Node', 'Nominated Node', 'Readiness Gates']);
    expect(table.rows).toMatchObject([
      {
        cells: ['web', '0/1', 'Pending', '0', '90s', '<none>', 'n', '<none>', '<none>'],
        object: { kind: 'PartialObjectMetadata', metadata: { name: 'web', namespace: 'default' } },
      },
    ]);
  });

  it('show one object', async () => {
    const answer = await api.request('GET', '/api/v1/nodes/n', { headers: as('Table') });
    const [row] = answer.json<{ rows: { cells: unknown[] }[] }>().rows;
    expect(row!.cells.slice(0, 6)).toEqual(['n', 'Ready', 'worker', '90s', '', '<none>']);
  });

  it('carry as much of the objects as is asked for', async () => {
    const rows = async (include: string): Promise<unknown> => {
      const path = `/api/v1/configmaps?includeObject=${include}`;
      return (await api.request('GET', path, { headers: as('Table') })).json<{ rows: unknown }>().rows;
    };
    expect(await api.failure('GET', '/api/v1/configmaps?includeObject=All', { headers: as('Table') })).toMatchObject({
      code: 400,
      message:
        "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
    });
    expect(await rows('None')).toEqual([{ cells: ['a', 1, '90s'] }]);
    expect(await rows('Object')).toMatchObject([{ object: { kind: 'ConfigMap', data: { key: 'ü' } } }]);
  });

  it('answer writes too', async () => {
    const answer = await api.request('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
      body: { metadata: { name: 'b' } },
      headers: as('Table'),
    });
    expect(answer.status).toBe(201);
    expect(answer.json()).toMatchObject({ kind: 'Table', rows: [{ cells: ['b', 0, '0s'] }] });
  });
});

describe('what is only posted', () => {
  it.each([
    [
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } },
    ],
    ['/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: {} }],
    ['/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
    ['/apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
    ['/api/v1/namespaces/default/pods/web/binding', { target: { name: 'n' } }],
  ])('is no table: %s', async (path, body) => {
    expect(await api.failure('POST', path, { body, headers: as('Table') })).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
    });
    // Who would also take the object gets that.
    const headers = { accept: `${as('Table').accept},application/json` };
    expect((await api.request('POST', path, { body, headers })).status).not.toBe(406);
  });
});

describe('metadata alone', () => {
  it.each(['PartialObjectMetadata', 'PartialObjectMetadataList'])('is given as %s', async (form) => {
    const one = await api.request('GET', A, { headers: as(form) });
    expect(one.json()).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: (await api.request('GET', A)).json()['metadata'],
    });
    const list = await api.request('GET', '/api/v1/configmaps', { headers: as(form) });
    expect(list.json()).toMatchObject({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'a' } }],
    });
  });

  it('answers writes too', async () => {
    const answer = await api.request('PATCH', A, {
      body: {},
      headers: { ...as('PartialObjectMetadata'), 'content-type': 'application/merge-patch+json' },
    });
    expect(answer.json()).toMatchObject({ kind: 'PartialObjectMetadata' });
    expect(answer.json()).not.toHaveProperty('data');
  });
});

describe('the Accept header', () => {
  it.each([
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'Table'],
    ['application/vnd.kubernetes.protobuf, application/json', 'ConfigMap'],
    ['application/json;as=Table;v=v9;g=meta.k8s.io, */*;q=0.1', 'ConfigMap'],
    ['application/yaml;q=0.5, application/json', 'ConfigMap'],
    ['text/html, application/*', 'ConfigMap'],
    ['', 'ConfigMap'],
  ])('%j gives a %s', async (accept, kind) => {
    const answer = await api.request('GET', A, { headers: { accept } });
    expect(answer.json()['kind']).toBe(kind);
  });

  it.each([
    'text/html',
    'application/vnd.kubernetes.protobuf',
    'application/json;q=0',
    'application/json;as=Chart;v=v1;g=meta.k8s.io',
  ])('%j cannot be answered, and nothing is done', async (accept) => {
    const path = '/api/v1/namespaces/default/configmaps';
    const failure = await api.failure('POST', path, { body: { metadata: { name: 'never' } }, headers: { accept } });
    expect(failure).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
      message: 'only the following media types are accepted: application/json, application/yaml',
    });
    expect((await api.request('GET', `${path}/never`)).status).toBe(404);
  });
});

it('compresses what is long, where that is understood', async () => {
  const gzip = { 'accept-encoding': 'gzip' };
  const short = await api.request('GET', A, { headers: gzip });
  expect(short.headers['content-encoding']).toBeUndefined();
  const text = 'x'.repeat(200_000);
  await master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'long', namespace: 'kube-system' },
    data: { text },
  });
  const path = '/api/v1/namespaces/kube-system/configmaps/long';
  const plain = await api.request('GET', path);
  expect(plain.headers['content-encoding']).toBeUndefined();
  const packed = await api.request('GET', path, { headers: gzip });
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  expect(packed.bytes.length).toBeLessThan(5000);
  expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
});

it('sends a list that is longer than what is held for its reader, whole and in order', async () => {
  const namespace = 'kube-public';
  // Of many lengths, and one longer than any part that is sent.
  const sizes = [...Array.from({ length: 60 }, (_, index) => 1000 * index), 900_000];
  for (const [index, size] of sizes.entries()) {
    const metadata = { name: `c-${String(index).padStart(2, '0')}`, namespace };
    await master.admin.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { text: String(index % 10).repeat(size) },
    });
  }
  const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=!none`;
  const [plain, packed] = await Promise.all([
    api.request('GET', path),
    api.request('GET', path, { headers: { 'accept-encoding': 'gzip' } }),
  ]);
  expect(plain.headers['content-length']).toBe(String(plain.bytes.length));
  const { items } = plain.json<{ items: { metadata: { name: string }; data: { text: string } }[] }>();
  const mine = items.filter(({ metadata }) => metadata.name.startsWith('c-'));
  expect(mine.map(({ data }) => data.text.length)).toEqual(sizes);
  expect(mine.every(({ data }, index) => data.text === String(index % 10).repeat(sizes[index]!))).toBe(true);
  expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
});

it('answers HEAD with the headers of GET', async () => {
  const head = await api.request('HEAD', A);
  const { headers } = await api.request('GET', A);
  expect(head.status).toBe(200);
  expect(head.bytes).toHaveLength(0);
  expect(head.headers['content-length']).toBe(headers['content-length']);
});
