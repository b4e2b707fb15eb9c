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
});
