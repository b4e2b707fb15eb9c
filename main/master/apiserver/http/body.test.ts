import { describe, expect, it } from 'vitest';
import { TestMaster } from '../../../../test/support/master.ts';
import type { RawAnswer } from '../../../../test/support/raw-http.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TWICE = '{"metadata":{"name":"a","name":"b"},"unknown":1,"unknown":2,"data":{"x":"1","x":"2"}}';

async function send(master: TestMaster, query: string, body: string, type = 'application/json'): Promise<RawAnswer> {
  const headers = { 'content-type': type };
  return rawRequest(master, `${CONFIG_MAPS}${query}`, { method: 'POST', headers, body });
}

describe('fieldValidation', () => {
  it('Strict refuses unknown and duplicate fields, in their order', async () => {
    await using master = await TestMaster.start();
    const answer = await send(master, '?fieldValidation=Strict', TWICE);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.name", unknown field "unknown", duplicate field "data.x"',
    });
    expect((await rawRequest(master, `${CONFIG_MAPS}/b`)).status).toBe(404);
  });

  it('Warn tells of them, Ignore does not; the last one counts', async () => {
    await using master = await TestMaster.start();
    const warned = await send(master, '', TWICE);
    expect(warned.status).toBe(201);
    expect(warned.headers['warning']).toBe(
      '299 - "duplicate field \\"metadata.name\\"", 299 - "unknown field \\"unknown\\"", 299 - "duplicate field \\"data.x\\""',
    );
    expect(warned.json()).toMatchObject({ metadata: { name: 'b' }, data: { x: '2' } });
    const ignored = await send(master, '?fieldValidation=Ignore&dryRun=All', TWICE.replace('"b"', '"c"'));
    expect(ignored.status).toBe(201);
    expect(ignored.headers['warning']).toBeUndefined();
  });

  it('sees them in YAML', async () => {
    await using master = await TestMaster.start();
    const yaml = 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n  x: "1"\n  x: "2"\nwhat: 1\n';
    const strict = await send(master, '?fieldValidation=Strict', yaml, 'application/yaml');
    expect(strict.json()['message']).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 6: key "x" already set in map, unknown field "what"',
    );
    const warned = await send(master, '', yaml, 'application/yaml');
    expect(warned.status).toBe(201);
    expect(warned.json()).toMatchObject({ data: { x: '2' } });
  });

  it('sees them in patches', async () => {
    await using master = await TestMaster.start();
    await send(master, '', '{"metadata":{"name":"a"}}');
    const patch = (type: string, body: string) =>
      rawRequest(master, `${CONFIG_MAPS}/a?fieldValidation=Strict`, {
        method: 'PATCH',
        headers: { 'content-type': `application/${type}+json` },
        body,
      });
    for (const type of ['merge-patch', 'strategic-merge-patch']) {
      const answer = await patch(type, '{"data":{"x":"1","x":"2"},"what":1}');
      expect(answer.status).toBe(422);
      const { message } = answer.json<{ message: string }>();
      expect(message).toMatch(/^ "" is invalid: patch: Invalid value: /);
      expect(message).toMatch(/strict decoding error: .*duplicate field "data.x"/);
      expect(message).toMatch(/unknown field "what"/);
    }
    const operations = await patch('json-patch', '[{"op":"add","op":"add","path":"/data","value":{}}]');
    expect(operations.json()['message']).toMatch(/json patch duplicate field "\[0\]\.op"/);
  });
});

it('refuses what JavaScript cannot hold exactly instead of rounding it', async () => {
  await using master = await TestMaster.start();
  const body = (seconds: string) =>
    `{"metadata":{"name":"a"},"spec":{"activeDeadlineSeconds":${seconds},"containers":[{"name":"a","image":"a"}]}}`;
  const create = (text: string) =>
    rawRequest(master, '/api/v1/namespaces/default/pods?dryRun=All', { method: 'POST', body: text });
  const refused = await create(body('9007199254740993'));
  expect(refused.status).toBe(400);
  expect(refused.json()['message']).toMatch(
    /json: cannot unmarshal number .* into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64/,
  );
  expect((await create(body('2147483647'))).status).toBe(201);
});

it('answers malformed, deep, large and foreign bodies with their Status, and goes on', async () => {
  await using master = await TestMaster.start();
  const deep = `{"metadata":{"name":"a"},"data":${'['.repeat(100_000)}`;
  const bomb = `metadata: {name: a}\na: &a ${'x'.repeat(500_000)}\nb: [${Array<string>(50).fill('*a').join(',')}]`;
  const laughs = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 10; n++)
    laughs.push(
      `b${n}: &a${n} [${Array<string>(10)
        .fill(`*a${n - 1}`)
        .join(',')}]`,
    );
  const outcomes: readonly (readonly [RawAnswer, number, RegExp])[] = [
    [await send(master, '', '{"metadata":'), 400, /the object provided is unrecognized/],
    [await send(master, '', '[]'), 400, /not a JSON object/],
    [await send(master, '', deep), 400, /exceeded max depth/],
    [await send(master, '', '['.repeat(100_000), 'application/yaml'), 400, /exceeded max depth/],
    [await send(master, '', bomb, 'application/yaml'), 400, /excessive aliasing/],
    [await send(master, '', laughs.join('\n'), 'application/yaml'), 400, /excessive aliasing/],
    [
      await send(master, '', 'a: ['.repeat(100_000), 'application/yaml'),
      400,
      /exceeded max depth|error converting YAML/,
    ],
    [
      await send(master, '', `{"metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`),
      400,
      /exceeded max depth/,
    ],
    [await send(master, '', 'x'.repeat(10_000_000)), 413, /limit is 3145728/],
    [await send(master, '', 'metadata: {name: a}', 'text/plain'), 415, /application\/json/],
    [await send(master, '', 'a: [', 'application/yaml'), 400, /error converting YAML to JSON/],
    [await send(master, '', 'x'.repeat(4 * 1024 * 1024)), 413, /limit is 3145728/],
    [
      await send(master, '', '{}', 'application/vnd.kubernetes.protobuf'),
      400,
      /does not appear to be a protobuf message/,
    ],
    [await send(master, '', '{}', 'application/cbor'), 415, /application\/vnd\.kubernetes\.protobuf/],
  ];
  for (const [answer, status, message] of outcomes) {
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({
      kind: 'Status',
      code: status,
      message: expect.stringMatching(message) as string,
    });
  }
  expect((await send(master, '', '{"metadata":{"name":"still-here"}}')).status).toBe(201);
});
