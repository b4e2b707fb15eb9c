import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SECRETS = '/api/v1/namespaces/default/secrets';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('ConfigMaps and Secrets', () => {
  const master = useMaster();
  const configMap = (name: string, more: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { suite: 'config' } },
    ...more,
  });
  const secret = (name: string, more: object = {}): object => ({ ...configMap(name, more), kind: 'Secret' });

  test('[ND02] a ConfigMap with an empty key is refused', async () => {
    const answer = await master.api.post(CONFIG_MAPS, configMap('empty-key', { data: { '': 'value' } }));
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ reason: 'Invalid', details: { causes: [{ field: 'data[]' }] } });
  });

  test('[ND02] a Secret with an empty key is refused', async () => {
    const answer = await master.api.post(SECRETS, secret('empty-key', { data: { '': base64('value') } }));
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ reason: 'Invalid', details: { causes: [{ field: 'data[]' }] } });
  });

  test('[ND02] a ConfigMap is created, watched, patched, listed everywhere, and deleted with its collection', async () => {
    const made = await master.api.post(CONFIG_MAPS, configMap('lifecycle', { data: { a: '1' } }));
    expect(made.status).toBe(201);
    using watch = await master.api.watch(
      `${CONFIG_MAPS}?watch=true&labelSelector=suite%3Dconfig&resourceVersion=${made.json().metadata?.resourceVersion ?? ''}`,
    );
    const patched = await master.api.patch(`${CONFIG_MAPS}/lifecycle`, 'strategic', { data: { b: '2' } });
    expect(patched.json()['data']).toEqual({ a: '1', b: '2' });
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { data: { a: '1', b: '2' } } });
    const listed = await master.api.get('/api/v1/configmaps?labelSelector=suite%3Dconfig');
    expect(listed.json().items?.map(({ metadata }) => metadata?.name)).toEqual(['lifecycle']);
    expect((await master.api.delete(`${CONFIG_MAPS}?labelSelector=suite%3Dconfig`)).status).toBe(200);
    expect(await watch.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'lifecycle' } } });
    expect((await master.api.get(`${CONFIG_MAPS}/lifecycle`)).status).toBe(404);
  });

  test('[ND02] a Secret is patched, and deleted with what is labelled like it', async () => {
    await master.api.post(SECRETS, secret('patched', { data: { key: base64('value') } }));
    const patched = await master.api.patch(`${SECRETS}/patched`, 'strategic', {
      metadata: { labels: { patched: 'true' } },
      data: { key: base64('value1') },
    });
    expect(patched.json()).toMatchObject({ type: 'Opaque', data: { key: base64('value1') } });
    const everywhere = await master.api.get('/api/v1/secrets?labelSelector=patched%3Dtrue');
    expect(everywhere.json().items).toHaveLength(1);
    await master.api.delete(`${SECRETS}?labelSelector=patched%3Dtrue`);
    expect((await master.api.get(`${SECRETS}/patched`)).status).toBe(404);
  });

  for (const [kind, path, make, value] of [
    ['ConfigMap', CONFIG_MAPS, configMap, (text: string) => text],
    ['Secret', SECRETS, secret, base64],
  ] as const) {
    test(`[ST04] a ${kind} that says so is never changed again, but can be deleted`, async () => {
      await master.api.post(path, make('fixed', { data: { a: value('1') } }));
      const changed = await master.api.patch(`${path}/fixed`, 'merge', { data: { a: value('2') } });
      expect(changed.status).toBe(200);
      expect((await master.api.patch(`${path}/fixed`, 'merge', { immutable: true })).status).toBe(200);
      const data = await master.api.patch(`${path}/fixed`, 'merge', { data: { a: value('3') } });
      expect(data.status).toBe(422);
      expect(data.json().message).toBe(
        `${kind} "fixed" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`,
      );
      const back = await master.api.patch(`${path}/fixed`, 'merge', { immutable: null });
      expect(back.status).toBe(422);
      const labelled = await master.api.patch(`${path}/fixed`, 'merge', { metadata: { labels: { still: 'free' } } });
      expect(labelled.status).toBe(200);
      expect((await master.api.delete(`${path}/fixed`)).status).toBe(200);
    });
  }
});
