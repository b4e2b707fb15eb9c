import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROTOBUF_TYPE } from '#common/kube/protobuf/envelope.ts';
import { hasMessage } from '#common/kube/protobuf/read-message.ts';
import type { Schemas, TypeName } from '#common/kube/schema/schema.ts';
import { ASSETS, TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';
import { protobufBody } from '../../../../test/support/protobuf-writer.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import type { RawAnswer } from '../../../../test/support/raw-http.ts';
import { builtInKinds } from '../kinds/all.ts';
import { parseObject } from './body.ts';

const schemas = JSON.parse(readFileSync(ASSETS.schemas, 'utf8')) as Schemas;
const headers = { 'content-type': PROTOBUF_TYPE, accept: `${PROTOBUF_TYPE},application/json` };
const NS = '/api/v1/namespaces/default';
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

async function send(method: string, path: string, type: TypeName, object: object): Promise<RawAnswer> {
  return api.request(method, path, { body: protobufBody(schemas, type, object), headers });
}

describe('a protobuf body', () => {
  it('is understood for every kind, and for what their subresources take', () => {
    const types = builtInKinds.flatMap(({ type, subresources = {} }) => [
      type,
      ...Object.values(subresources).flatMap((subresource) => ('type' in subresource ? [subresource.type] : [])),
    ]);
    expect(types).toContain('policy.v1.Eviction');
    expect(types.filter((type) => !hasMessage(type))).toEqual([]);
  });

  it('makes the same object as JSON does', async () => {
    const spec = {
      securityContext: { runAsUser: 0, runAsNonRoot: false },
      automountServiceAccountToken: false,
      containers: [
        { name: 'a', image: 'a:1', ports: [{ containerPort: 80 }], resources: { requests: { cpu: '0.5' } } },
      ],
    };
    const json = await api.request('POST', `${NS}/pods`, { body: podObject('json', { spec }) });
    const protobuf = await send('POST', `${NS}/pods`, 'core.v1.Pod', podObject('protobuf', { spec }));
    expect(protobuf.status, protobuf.text).toBe(201);
    expect(protobuf.headers['content-type']).toBe('application/json');
    const [a, b] = [json, protobuf].map((answer) => answer.json<{ spec: object }>().spec);
    expect(b).toEqual(a);
  });

  it('replaces an object, and its parts', async () => {
    await api.request('POST', '/api/v1/nodes', { body: nodeObject('n') });
    const node = (await api.request('GET', '/api/v1/nodes/n')).json<ReturnType<typeof nodeObject>>();
    const changed = { ...node, metadata: { ...node.metadata, labels: { a: 'b' } }, spec: { unschedulable: true } };
    const put = await send('PUT', '/api/v1/nodes/n', 'core.v1.Node', changed);
    expect(put.json(), put.text).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { unschedulable: true } });
    const condition = { type: 'Ready', status: 'True', lastHeartbeatTime: '2030-01-01T00:00:00Z' };
    const status = { ...put.json<typeof node>(), status: { conditions: [condition] } };
    const written = await send('PUT', '/api/v1/nodes/n/status', 'core.v1.Node', status);
    expect(written.json(), written.text).toMatchObject({ status: { conditions: [condition] } });
  });

  it('goes to the doors of other kinds: scale, binding, eviction, token, options of a deletion', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
    await api.request('POST', `${NS}/replicationcontrollers`, {
      body: { metadata: { name: 'rc' }, spec: { replicas: 3, selector: { a: 'b' }, template } },
    });
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'rc' }, spec: { replicas: 0 } };
    const scaled = await send('PUT', `${NS}/replicationcontrollers/rc/scale`, 'autoscaling.v1.Scale', scale);
    expect(scaled.status, scaled.text).toBe(200);
    const { spec } = (await api.request('GET', `${NS}/replicationcontrollers/rc`)).json<{ spec: object }>();
    expect(spec).toMatchObject({ replicas: 0 });

    await api.request('POST', `${NS}/pods`, { body: podObject('bound') });
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound' },
      target: { kind: 'Node', name: 'n' },
    };
    expect((await send('POST', `${NS}/pods/bound/binding`, 'core.v1.Binding', binding)).status).toBe(201);
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } };
    const conflict = await send('DELETE', `${NS}/pods/bound`, 'meta.v1.DeleteOptions', options);
    expect(conflict.status, conflict.text).toBe(409);
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'bound' },
      deleteOptions: { gracePeriodSeconds: 0 },
    };
    expect((await send('POST', `${NS}/pods/bound/eviction`, 'policy.v1.Eviction', eviction)).status).toBe(201);
    expect((await api.request('GET', `${NS}/pods/bound`)).status).toBe(404);

    await api.request('POST', `${NS}/serviceaccounts`, { body: { metadata: { name: 'robot' } } });
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['a'], expirationSeconds: 700 },
    };
    const token = await send('POST', `${NS}/serviceaccounts/robot/token`, 'authentication.v1.TokenRequest', request);
    expect(token.json(), token.text).toMatchObject({ spec: { audiences: ['a'], expirationSeconds: 700 } });
  });

  it('that cannot be read is told as Kubernetes does', async () => {
    const refused = (body: string | Buffer) => api.failure('POST', `${NS}/configmaps`, { body, headers });
    expect(await refused('{"metadata":{"name":"a"}, "data": {}}')).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({"metadata":{"name":"a"}, "dat ...)',
    });
    expect(await refused('x')).toMatchObject({ message: expect.stringMatching(/ \(78\)$/) as string });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'b' } };
    const body = protobufBody(schemas, 'core.v1.ConfigMap', map);
    // A length within the object that goes beyond its end.
    body[body.length - 2] = 0x7f;
    expect(await refused(body)).toMatchObject({
      code: 400,
      message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF',
    });
    expect(await refused(protobufBody(schemas, 'core.v1.Secret', { apiVersion: 'v1', kind: 'Secret' }))).toMatchObject({
      code: 400,
      message: expect.stringContaining('Secret in version "v1" cannot be handled as a ConfigMap') as string,
    });
    const options = protobufBody(schemas, 'core.v1.Secret', { apiVersion: 'v1', kind: 'Secret' });
    expect(await api.failure('DELETE', `${NS}/configmaps/a`, { body: options, headers })).toMatchObject({
      code: 400,
      message: 'decoded object cannot be converted to DeleteOptions',
    });
    expect(await refused(Buffer.alloc(3 * 1024 * 1024 + 1))).toMatchObject({ code: 413 });
  });

  it('of a kind without a message is of a type that is not taken', () => {
    const custom = { apiVersion: 'example.com/v1', kind: 'Thing', type: 'example.v1.Thing' };
    expect(() => parseObject(PROTOBUF_TYPE, Buffer.from('k8s\0'), schemas, custom)).toThrow(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  });
});
