import http2 from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMaps } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';

let master: TestMaster;
let api: RawApi;

beforeAll(async () => {
  master = await TestMaster.start();
  api = await RawApi.open(master);
  await master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default' },
  });
});
afterAll(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

const MAPS = '/api/v1/namespaces/default/configmaps';
const nested = (depth: number): string => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('a path', () => {
  it.each([
    ['GET', '/api/v1/namespaces/default/widgets'],
    ['GET', '/apis/apps/v9/deployments'],
    ['GET', '/nothing'],
    ['GET', '//'],
    ['GET', '/api/v1/configmaps/a'],
    ['GET', '/api/v1/namespaces/default/namespaces/kube-system'],
    ['GET', '/api/v1/namespaces/default/nodes'],
    ['POST', '/api/v1/namespaces/default/nodes'],
    ['GET', `${MAPS}/a/status`],
    ['GET', `${MAPS}/a/constructor`],
    ['POST', '/version'],
    ['BREW', MAPS],
  ])('%s %s leads nowhere', async (method, path) => {
    const { code, reason, message } = await api.failure(method === 'BREW' ? 'OPTIONS' : method, path);
    expect([code, reason, message]).toEqual([404, 'NotFound', 'the server could not find the requested resource']);
  });

  it.each([
    ['PUT', MAPS],
    ['PATCH', MAPS],
    ['POST', `${MAPS}/a`],
    ['POST', '/api/v1/configmaps'],
    ['DELETE', '/api/v1/configmaps'],
  ])('%s %s is not done', async (method, path) => {
    expect(await api.failure(method, path, { body: { metadata: { name: 'a' } } })).toMatchObject({
      code: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    });
  });

  it.each([
    ['DELETE', '/api/v1/namespaces/default/pods/a/status', 'delete is not supported on resources of kind "pods"'],
    ['POST', '/api/v1/nodes/a/status', 'create is not supported on resources of kind "nodes"'],
    ['GET', '/api/v1/namespaces/default/pods/a/binding', 'get is not supported on resources of kind "pods"'],
  ])('%s %s is not supported by the subresource', async (method, path, message) => {
    expect(await api.failure(method, path)).toMatchObject({ code: 405, reason: 'MethodNotAllowed', message });
  });

  it('names an object that is not there', async () => {
    expect(await api.failure('GET', `${MAPS}/zz`)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "zz" not found',
      reason: 'NotFound',
      details: { name: 'zz', kind: 'configmaps' },
      code: 404,
    });
  });

  it('is read with its escapes', async () => {
    expect(await api.failure('GET', `${MAPS}/a%2Fb`)).toMatchObject({ message: 'configmaps "a/b" not found' });
    expect((await api.request('GET', '/api/v1/namespaces/%64efault/configmaps/%61')).status).toBe(200);
    expect((await api.request('GET', '/api//v1/namespaces/default/configmaps/a/')).status).toBe(200);
    expect(await api.failure('GET', '/api/v1/%zz')).toMatchObject({ code: 404 });
  });
});

describe('a body', () => {
  it.each([
    ['nothing that can be read', '{"a":', 'application/json', 400, 'the object provided is unrecognized'],
    ['a text', '"a"', 'application/json', 400, 'the object provided is not a JSON object'],
    ['another version', '{"apiVersion":"v2"}', 'application/json', 400, 'does not match the expected API version (v1)'],
    [
      'another kind',
      '{"apiVersion":"v1","kind":"Secret"}',
      'application/json',
      400,
      'Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for version "v1"',
    ],
    [
      'a wrong type',
      '{"data":{"a":1}}',
      'application/json',
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'metadata that is none',
      '{"metadata":5}',
      'application/json',
      400,
      'json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
    ['a depth of 100,000', nested(100_000), 'application/json', 400, 'exceeded max depth'],
    ['YAML that cannot be read', 'a: b: c', 'application/yaml', 400, 'error converting YAML to JSON'],
    ['a depth of 5,000 in YAML', nested(5000), 'application/yaml', 400, 'error converting YAML to JSON'],
    [
      'anchors that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replaceAll(/./g, (name) => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      'application/yaml',
      400,
      'error converting YAML to JSON',
    ],
    [
      'protobuf without anything in it',
      'k8s\0',
      'application/vnd.kubernetes.protobuf',
      400,
      'the object provided is unrecognized (must be of type ConfigMap): empty body (6b387300)',
    ],
    [
      'a form',
      'a=b',
      'application/x-www-form-urlencoded',
      415,
      'accepted media types include: application/json, application/yaml',
    ],
  ])('of %s is refused', async (_, body, type, code, message) => {
    const failure = await api.failure('POST', MAPS, { body, headers: { 'content-type': type } });
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it.each(['application/json', 'application/apply-patch+yaml', 'text/plain', ''])(
    'of a patch is not of the type %j',
    async (type) => {
      const failure = await api.failure('PATCH', `${MAPS}/a`, { body: '{}', headers: { 'content-type': type } });
      expect(failure).toMatchObject({
        code: 415,
        reason: 'UnsupportedMediaType',
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
      });
    },
  );

  it('may have three megabytes, announced or not', async () => {
    const tooLarge = {
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    };
    const body = JSON.stringify({ data: { a: 'x'.repeat(3 * 1024 * 1024) } });
    expect(await api.failure('POST', MAPS, { body })).toMatchObject(tooLarge);
    expect((await api.request('GET', `${MAPS}/a`)).status).toBe(200);
    const long = JSON.stringify({ metadata: { name: 'b' }, unknown: 'x'.repeat(3_000_000) });
    expect((await api.request('POST', `${MAPS}?dryRun=All`, { body: long })).status).toBe(201);

    const session = http2.connect(await master.url(), master.credentials());
    const stream = session.request({ ':method': 'POST', ':path': MAPS, 'content-type': 'application/json' });
    stream.on('error', () => undefined);
    let status: number | undefined;
    let text = '';
    stream.on('response', (headers) => (status = headers[':status']));
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const answered = new Promise<void>((resolve) => stream.once('end', resolve));
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const send = (): void => {
      while (!stream.destroyed && !stream.writableEnded && stream.write(chunk));
    };
    stream.on('drain', send);
    send();
    await answered;
    session.destroy();
    expect(status).toBe(413);
    expect(JSON.parse(text)).toMatchObject(tooLarge);
  });

  it('may be missing where an object is to be created, which then lacks its name', async () => {
    expect(await api.failure('POST', MAPS)).toMatchObject({ code: 422 });
  });
});

describe('field validation', () => {
  const body = { metadata: { name: 'v', lables: {} }, dta: { a: '1' } };
  const path = `${MAPS}?dryRun=All&fieldValidation=`;

  it('warns of unknown fields unless told otherwise, and drops them', async () => {
    for (const level of ['', 'Warn']) {
      const answer = await api.request('POST', path + level, { body });
      expect(answer.status).toBe(201);
      expect(answer.headers['warning']).toBe(
        '299 - "unknown field \\"metadata.lables\\"", 299 - "unknown field \\"dta\\""',
      );
      expect(answer.json()).not.toHaveProperty('dta');
    }
  });

  it('says nothing when it is to ignore them', async () => {
    const answer = await api.request('POST', `${path}Ignore`, { body });
    expect([answer.status, answer.headers['warning']]).toEqual([201, undefined]);
  });

  it('refuses them when it is strict', async () => {
    expect(await api.failure('POST', `${path}Strict`, { body })).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.lables", unknown field "dta"',
    });
  });

  it('goes for patches as well', async () => {
    const options = { body, headers: { 'content-type': 'application/merge-patch+json' } };
    const patch = { ...options, body: { dta: 1 } };
    const warned = await api.request('PATCH', `${MAPS}/a?fieldManager=x`, patch);
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"dta\\""');
    expect(await api.failure('PATCH', `${MAPS}/a?fieldValidation=Strict`, patch)).toMatchObject({ code: 422 });
  });

  it('knows three levels', async () => {
    expect(await api.failure('POST', `${path}Maybe`, { body })).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    });
  });
});

describe('a dry run', () => {
  it('answers as if it were done, and does nothing', async () => {
    const before = (await api.request('GET', MAPS)).text;
    const created = await api.request('POST', `${MAPS}?dryRun=All`, { body: { metadata: { name: 'dry' } } });
    expect(created.json()).toMatchObject({ metadata: { name: 'dry', uid: expect.any(String) as string } });
    const updated = await api.request('PUT', `${MAPS}/a?dryRun=All`, {
      body: { metadata: { name: 'a' }, data: { x: 'y' } },
    });
    expect(updated.json()).toMatchObject({ data: { x: 'y' } });
    const patched = await api.request('PATCH', `${MAPS}/a?dryRun=All`, {
      body: { data: { x: 'z' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.json()).toMatchObject({ data: { x: 'z' } });
    expect((await api.request('DELETE', `${MAPS}/a?dryRun=All`)).json()).toMatchObject({ status: 'Success' });
    expect((await api.request('DELETE', `${MAPS}/a`, { body: { dryRun: ['All'] } })).status).toBe(200);
    expect((await api.request('DELETE', `${MAPS}?dryRun=All`)).status).toBe(200);
    expect((await api.request('GET', MAPS)).text).toBe(before);
  });

  it('fails as if it were done', async () => {
    const create = (body: unknown): Promise<unknown> => api.failure('POST', `${MAPS}?dryRun=All`, { body });
    expect(await create({ metadata: { name: 'a' } })).toMatchObject({ code: 409 });
    expect(await create({ metadata: { name: 'A' } })).toMatchObject({ code: 422 });
  });

  it('is of all stages, or none', async () => {
    expect(await api.failure('POST', `${MAPS}?dryRun=Some`, { body: {} })).toMatchObject({
      code: 422,
      message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    });
    expect(await api.failure('DELETE', `${MAPS}/a?dryRun=Some`)).toMatchObject({
      code: 422,
      message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    });
  });
});

describe('options of a deletion', () => {
  it.each([
    ['{"gracePeriodSeconds":"x"}', '', 400],
    ['{"propagationPolicy":"Sideways"}', '', 422],
    ['{"propagationPolicy":"Orphan","orphanDependents":true}', '', 422],
    ['{"dryRun":["Some"]}', '', 422],
    ['', '?gracePeriodSeconds=x', 400],
    ['', '?propagationPolicy=Sideways', 422],
    ['[', '', 400],
    ['{"preconditions":{"uid":5}}', '', 400],
  ])('%s %s are refused', async (body, query, code) => {
    for (const path of [`${MAPS}/a`, MAPS]) {
      expect(await api.failure('DELETE', `${path}${query}`, { body })).toMatchObject({ code });
    }
    expect((await api.request('GET', `${MAPS}/a`)).status).toBe(200);
  });

  it('say which policies there are', async () => {
    expect(await api.failure('DELETE', `${MAPS}/a?propagationPolicy=Sideways`)).toMatchObject({
      reason: 'Invalid',
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  });
});

describe('options of a write', () => {
  const about = (kind: string, problem: string) => ({
    code: 422,
    reason: 'Invalid',
    details: { group: 'meta.k8s.io', kind },
    message: `${kind}.meta.k8s.io "" is invalid: ${problem}`,
  });
  const patching = { body: {}, headers: { 'content-type': 'application/merge-patch+json' } };

  it.each([
    [`fieldManager=${'x'.repeat(129)}`, 'fieldManager: Too long: may not be more than 128 bytes'],
    ['fieldManager=a%09b', 'fieldManager: Invalid value: "a\\tb": invalid character U+0009 (at position 1)'],
    [
      'fieldValidation=strict',
      'fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    ['dryRun=all', 'dryRun: Unsupported value: ["all"]: supported values: "All"'],
  ])('?%s are refused, whatever the verb', async (query, problem) => {
    const body = { metadata: { name: 'a' } };
    expect(await api.failure('POST', `${MAPS}?${query}`, { body })).toMatchObject(about('CreateOptions', problem));
    expect(await api.failure('PUT', `${MAPS}/a?${query}`, { body })).toMatchObject(about('UpdateOptions', problem));
    expect(await api.failure('PATCH', `${MAPS}/a?${query}`, patching)).toMatchObject(about('PatchOptions', problem));
  });

  it('know force for apply alone', async () => {
    expect(await api.failure('PATCH', `${MAPS}/a?force=true`, patching)).toMatchObject(
      about('PatchOptions', 'force: Forbidden: may not be specified for non-apply patch'),
    );
  });

  it('may hold any name that can be printed', async () => {
    const manager = encodeURIComponent('my manager ü 名');
    expect((await api.request('PATCH', `${MAPS}/a?fieldManager=${manager}`, patching)).status).toBe(200);
  });
});
