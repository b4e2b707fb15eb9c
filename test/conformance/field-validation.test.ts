import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

const unknownMetadata = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, unknownMeta: 'x' },
});

describe('field validation', () => {
  const master = useMaster();

  test('[AM11] unknown fields of metadata are told by their path', async () => {
    const strict = await master.api.post(`${PATH}?fieldValidation=Strict`, unknownMetadata('meta'));
    expect(strict.status).toBe(400);
    expect(strict.json().message).toContain('strict decoding error: unknown field "metadata.unknownMeta"');
    const warned = await master.api.post(`${PATH}?fieldValidation=Warn`, unknownMetadata('meta'));
    expect(warned.status).toBe(201);
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"metadata.unknownMeta\\""');
  });

  const text = (name: string): string =>
    `{"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"${name}"},"spec":{"replicas":0,"replicas":0,"foo":1,` +
    `"template":{"metadata":{"labels":{"app":"${name}"}},"spec":{"containers":[{"name":"web","image":"web:1","imagePullPolicy":"Never","imagePullPolicy":"Never"}]}}}}`;
  const yaml = (name: string): string =>
    `apiVersion: v1\nkind: ReplicationController\nmetadata: {name: ${name}}\nspec:\n  replicas: 0\n  replicas: 0\n  foo: 1\n` +
    `  template:\n    metadata: {labels: {app: ${name}}}\n    spec:\n      containers:\n      - {name: web, image: 'web:1'}\n`;
  const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';

  for (const [form, type, write] of [
    ['JSON', 'application/json', text],
    ['YAML', 'application/yaml', yaml],
  ] as const) {
    test(`[AM11] unknown and duplicate fields of a typed object in ${form} are refused, told or dropped`, async () => {
      const post = (level: string, name: string) =>
        master.api.request('POST', `${CONTROLLERS}?fieldValidation=${level}`, {
          body: write(name),
          headers: { 'content-type': type },
        });
      const strict = await post('Strict', 'strict');
      expect(strict.status).toBe(400);
      expect(strict.json().message).toContain('unknown field "spec.foo"');
      expect(strict.json().message).toMatch(
        form === 'JSON' ? /duplicate field "spec.replicas"/ : /"replicas" already set/,
      );
      const warned = await post('Warn', `warn-${form.toLowerCase()}`);
      expect(warned.status).toBe(201);
      expect(warned.headers['warning']).toContain('unknown field \\"spec.foo\\"');
      const ignored = await post('Ignore', `ignore-${form.toLowerCase()}`);
      expect(ignored.status).toBe(201);
      expect(ignored.headers['warning']).toBeUndefined();
      expect((ignored.json()['spec'] as Record<string, unknown>)['foo']).toBeUndefined();
    });
  }

  test('[AM11] patches of a typed object are judged as well', async () => {
    await master.api.request('POST', `${CONTROLLERS}?fieldValidation=Ignore`, { body: text('patched') });
    for (const [type, body] of [
      ['application/merge-patch+json', '{"spec":{"foo":1,"replicas":0,"replicas":0}}'],
      ['application/strategic-merge-patch+json', '{"spec":{"foo":1,"replicas":0,"replicas":0}}'],
    ] as const) {
      const patch = (level: string) =>
        master.api.request('PATCH', `${CONTROLLERS}/patched?fieldValidation=${level}`, {
          body,
          headers: { 'content-type': type },
        });
      const strict = await patch('Strict');
      expect(strict.status).toBe(422);
      expect(strict.json().message).toContain(
        'strict decoding error: duplicate field "spec.replicas", unknown field "spec.foo"',
      );
      expect((await patch('Warn')).headers['warning']).toContain('duplicate field');
      expect((await patch('Ignore')).headers['warning']).toBeUndefined();
    }
  });
});
