import protobuf from 'protobufjs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import type { RawAnswer } from '../../../../test/support/raw-http.ts';
import type { Swagger } from './swagger.ts';

let master: TestMaster;
let api: RawApi;
let document: Swagger;

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const get = (headers: Record<string, string> = {}): Promise<RawAnswer> =>
  api.request('GET', '/openapi/v2', { headers });

beforeAll(async () => {
  master = await TestMaster.start();
  api = await RawApi.open(master);
  document = (await get()).json<Swagger>();
});
afterAll(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

describe('OpenAPI v2', () => {
  it('describes every type that it refers to', () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => name!));
    expect(references.size).toBeGreaterThan(150);
    expect([...references].filter((name) => !(name in document.definitions))).toEqual([]);
    expect(text).not.toMatch(/"#\/components|"oneOf"|"allOf"/);
  });

  it('tells of kinds, and of how lists are merged', () => {
    expect(document.definitions['io.k8s.api.core.v1.Pod']).toMatchObject({
      type: 'object',
      properties: { spec: { $ref: '#/definitions/io.k8s.api.core.v1.PodSpec' }, kind: { type: 'string' } },
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }],
    });
    expect(document.definitions['io.k8s.api.core.v1.PodSpec']!.properties!['containers']).toMatchObject({
      type: 'array',
      items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
  });

  it('has each path of what discovery lists, with its verbs', async () => {
    interface Resources {
      readonly groupVersion: string;
      readonly resources: readonly { readonly name: string; readonly namespaced: boolean; readonly verbs: string[] }[];
    }
    const groups = (await api.request('GET', '/apis')).json<{ groups: { versions: { groupVersion: string }[] }[] }>();
    const versions = groups.groups.flatMap((group) =>
      group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
    );
    const METHODS: Readonly<Record<string, string>> = { create: 'post', update: 'put' };
    for (const root of ['/api/v1', ...versions]) {
      const { resources } = (await api.request('GET', root)).json<Resources>();
      for (const { name, namespaced, verbs } of resources) {
        const [plural = '', subresource] = name.split('/');
        const collection = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
        const object = `${collection}/{name}${subresource === undefined ? '' : `/${subresource}`}`;
        for (const verb of verbs.filter((word) => word !== 'watch')) {
          const onMany = subresource === undefined && ['list', 'create', 'deletecollection'].includes(verb);
          const method = { list: 'get', deletecollection: 'delete' }[verb] ?? METHODS[verb] ?? verb;
          const operations = document.paths[onMany ? collection : object];
          expect(operations, `${verb} ${object}`).toHaveProperty(method);
        }
      }
    }
  });

  it('tells what an operation is', () => {
    expect(document.paths['/api/v1/namespaces/{namespace}/pods/{name}/eviction']!.post).toMatchObject({
      operationId: 'createCoreV1NamespacedPodEviction',
      consumes: ['*/*'],
      produces: ['application/json', 'application/yaml'],
      'x-kubernetes-action': 'post',
      'x-kubernetes-group-version-kind': { group: 'policy', version: 'v1', kind: 'Eviction' },
    });
    expect(document.paths['/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}']!.patch).toMatchObject({
      operationId: 'patchRbacAuthorizationV1ClusterRole',
      tags: ['rbacAuthorization_v1'],
      consumes: expect.arrayContaining(['application/strategic-merge-patch+json']) as string[],
      'x-kubernetes-action': 'patch',
    });
    expect(document.paths['/api/v1/pods']!.get).toMatchObject({
      operationId: 'listCoreV1PodForAllNamespaces',
      responses: { '200': { schema: { $ref: '#/definitions/io.k8s.api.core.v1.PodList' } } },
    });
    const ids = Object.values(document.paths).flatMap(({ parameters: _, ...methods }) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('says the same as protobuf, under both names', async () => {
    // The part of OpenAPIv2.proto that is looked at here.
    const { root } = protobuf.parse(`syntax = "proto3";
      message Any { string yaml = 2; }
      message NamedAny { string name = 1; Any value = 2; }
      message TypeItem { repeated string value = 1; }
      message ItemsItem { repeated Schema schema = 1; }
      message Properties { repeated NamedSchema entries = 1; }
      message NamedSchema { string name = 1; Schema value = 2; }
      message Schema { string ref = 1; string format = 2; string description = 4; repeated string required = 19;
        TypeItem type = 22; ItemsItem items = 23; Properties properties = 25; repeated NamedAny extensions = 31; }
      message Operation { repeated string tags = 1; string operation_id = 5; repeated string consumes = 7;
        repeated NamedAny extensions = 13; }
      message PathItem { Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation patch = 8; }
      message NamedPathItem { string name = 1; PathItem value = 2; }
      message Paths { repeated NamedPathItem path = 2; }
      message Document { string swagger = 1; Paths paths = 8; Properties definitions = 9; }`);
    interface Read {
      readonly swagger: string;
      readonly paths: {
        readonly path: readonly {
          readonly name: string;
          readonly value: { readonly post?: { readonly operationId: string } };
        }[];
      };
      readonly definitions: { readonly entries: readonly { readonly name: string; readonly value: object }[] };
    }
    const answer = await get({ accept: PROTOBUF });
    expect(answer.headers['content-type']).toBe(PROTOBUF);
    const read = root.lookupType('Document').decode(answer.bytes).toJSON() as Read;
    expect(read.swagger).toBe('2.0');
    expect(read.definitions.entries.map(({ name }) => name)).toEqual(Object.keys(document.definitions));
    expect(read.paths.path.map(({ name, value }) => [name, value.post?.operationId])).toEqual(
      Object.entries(document.paths).map(([path, { post }]) => [path, post?.operationId]),
    );
    const own = document.definitions['io.k8s.api.core.v1.ConfigMapList']!;
    expect(read.definitions.entries.find(({ name }) => name.endsWith('.ConfigMapList'))!.value).toMatchObject({
      description: own.description,
      required: ['items'],
      type: { value: ['object'] },
      properties: {
        entries: expect.arrayContaining([
          expect.objectContaining({
            name: 'items',
            value: expect.objectContaining({
              type: { value: ['array'] },
              items: { schema: [{ ref: '#/definitions/io.k8s.api.core.v1.ConfigMap' }] },
            }) as unknown,
          }),
        ]) as unknown,
      },
      extensions: [
        {
          name: 'x-kubernetes-group-version-kind',
          value: { yaml: '[{"group":"","version":"v1","kind":"ConfigMapList"}]' },
        },
      ],
    });
    const older = await get({ accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' });
    expect(older.headers['content-type']).toBe(PROTOBUF);
    expect(older.bytes.equals(answer.bytes)).toBe(true);
  });

  it('is given as it is wanted', async () => {
    const type = async (accept: string): Promise<unknown> => (await get({ accept })).headers['content-type'];
    expect(await type('*/*')).toBe('application/json');
    expect(await type(`application/json;q=0.5, ${PROTOBUF}`)).toBe(PROTOBUF);
    expect(await type('text/html, application/*;q=0.1')).toBe('application/json');
    expect(await get({ accept: 'text/html' })).toMatchObject({ status: 406 });
    expect(await api.failure('POST', '/openapi/v2', { body: {} })).toMatchObject({ code: 404 });
  });

  it('is not sent to whom has it', async () => {
    const { headers } = await get();
    const etag = headers['etag']!;
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    expect(headers['vary']).toBe('Accept');
    const again = await get({ 'if-none-match': `"x", W/${etag}` });
    expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', etag]);
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('is compressed for who can take it', async () => {
    const answer = await get({ 'accept-encoding': 'gzip' });
    expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept, Accept-Encoding' });
    expect(JSON.parse(gunzipSync(answer.bytes).toString('utf8'))).toEqual(document);
  });
});
