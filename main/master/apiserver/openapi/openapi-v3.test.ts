import { createHash } from 'node:crypto';
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

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Record<string, { requestBody?: { content: Record<string, unknown> } }>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { properties?: Record<string, unknown> }>> };
}

describe('OpenAPI v3', () => {
  it('has a document per group and version, found by its hash', async () => {
    const index = (await api.request('GET', '/openapi/v3')).json<{
      paths: Record<string, { serverRelativeURL: string }>;
    }>();
    expect(Object.keys(index.paths)).toEqual(
      expect.arrayContaining(['api/v1', 'apis/coordination.k8s.io/v1', 'apis/certificates.k8s.io/v1']),
    );
    for (const { serverRelativeURL } of Object.values(index.paths)) {
      const { status, bytes } = await api.request('GET', serverRelativeURL);
      expect(status).toBe(200);
      const hash = new URL(serverRelativeURL, 'https://a').searchParams.get('hash');
      expect(createHash('sha256').update(bytes).digest('hex').toUpperCase()).toBe(hash);
    }
  });

  it('describes every type that it refers to', async () => {
    const text = (await api.request('GET', '/openapi/v3/api/v1')).text;
    const { openapi, components } = JSON.parse(text) as Document;
    expect(openapi).toBe('3.0.0');
    const references = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!));
    expect(references.size).toBeGreaterThan(100);
    expect([...references].filter((name) => !(name in components.schemas))).toEqual([]);
  });

  it('lets clients see which bodies are checked on the server', async () => {
    const { paths } = (await api.request('GET', '/openapi/v3/api/v1')).json<Document>();
    const item = paths['/api/v1/namespaces/{namespace}/pods']!;
    expect(item['post']).toMatchObject({
      'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'fieldValidation', in: 'query' }),
      ]) as unknown,
    });
    expect(Object.keys(item['post']!.requestBody!.content)).not.toHaveLength(0);
    expect(paths['/api/v1/nodes/{name}']).toHaveProperty('patch');
  });

  it('has no other documents', async () => {
    expect(await api.failure('GET', '/openapi/v3/apis/nothing/v1')).toMatchObject({ code: 404 });
  });
});
