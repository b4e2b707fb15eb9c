import { describe, expect, it } from 'vitest';
import type { Client } from '#common/client/client.ts';
import { StatusError } from '#common/kube/status-error.ts';
import { configMaps, nodes, pods, type ConfigMap } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../test/support/objects.ts';
import { until } from '../../../test/support/until.ts';

const ref = { namespace: 'default', name: 'a' };
const configMap = (data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...ref },
  data,
});

/** What a consumer may rely on, whichever way it reaches the API. */
describe.each<[string, (master: TestMaster) => Promise<Client>]>([
  ['in process', (master) => Promise.resolve(master.admin)],
  ['over HTTPS', (master) => master.https()],
])('the client %s', (_, open) => {
  it('reads what it wrote, complete and frozen', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    const created = await client.create(configMaps, configMap({ a: '1' }));
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: { a: '1' } });
    expect(await client.get(configMaps, ref)).toEqual(created);
    const list = await client.list(configMaps);
    expect(list.items).toEqual([created]);
    for (const object of [created, list.items[0]!]) {
      expect([object, object.metadata, object.data].every(Object.isFrozen)).toBe(true);
    }
    expect(await client.update(configMaps, configMap({ a: '2' }))).toMatchObject({ data: { a: '2' } });
    const patched = await client.patch(configMaps, ref, 'json', [{ op: 'add', path: '/data/b', value: '3' }]);
    expect(patched.data).toEqual({ a: '2', b: '3' });
    await client.delete(configMaps, ref);
    await expect(client.get(configMaps, ref)).rejects.toMatchObject({ status: { code: 404 } });
  });

  it('reaches kinds without namespaces, and subresources', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    await client.create(nodes, nodeObject('n'));
    expect((await client.list(nodes)).items[0]).toMatchObject({ kind: 'Node', metadata: { name: 'n' } });
    const status = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
    const patched = await client.patch(nodes, { name: 'n' }, 'strategic', status, { subresource: 'status' });
    expect(patched.status!.conditions).toMatchObject([{ status: 'False' }]);
    await client.create(pods, podObject('a'));
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: { name: 'n' } };
    expect(await client.createSubresource(pods, ref, 'binding', binding)).toMatchObject({ status: 'Success' });
    expect((await client.get(pods, ref)).spec!.nodeName).toBe('n');
  });

  it('lists in pages', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    for (const name of ['a', 'b', 'c']) {
      await client.create(configMaps, { ...configMap(), metadata: { name, namespace: 'default' } });
    }
    const first = await client.list(configMaps, { namespace: 'default', limit: 2 });
    const second = await client.list(configMaps, { namespace: 'default', limit: 2, continue: first.continue! });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
    expect(second.continue).toBeUndefined();
  });

  it('fails with the Status that the server gave', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    const failures = [
      client.get(configMaps, ref),
      client.create(configMaps, { ...configMap(), metadata: { ...ref, name: 'A' } }),
      client.list(pods, { fieldSelector: 'x=y' }),
      client.delete(pods, ref, { preconditions: { uid: 'x' } }),
    ];
    const reasons = await Promise.all(
      failures.map((failure) =>
        failure.then(
          () => 'none',
          (error: unknown) => (error instanceof StatusError ? `${error.code} ${error.reason}` : String(error)),
        ),
      ),
    );
    expect(reasons).toEqual(['404 NotFound', '422 Invalid', '400 BadRequest', '404 NotFound']);
  });

  it('follows what happens after a list', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    await client.create(configMaps, configMap());
    const { resourceVersion } = await client.list(configMaps);
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of client.watch(configMaps, { resourceVersion, namespace: 'default' }, abort.signal)) {
        if (event.type === 'BOOKMARK') continue;
        expect(Object.isFrozen(event.object)).toBe(true);
        seen.push(`${event.type} ${event.object.kind} ${event.object.metadata.name}`);
      }
    })().catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
    await client.update(configMaps, configMap({ a: '1' }));
    await client.delete(configMaps, ref);
    await until(() => seen.length === 2);
    expect(seen).toEqual(['MODIFIED ConfigMap a', 'DELETED ConfigMap a']);
    abort.abort();
    await watching;
  });

  it('cannot follow from a moment that is yet to come', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    const watch = client.watch(configMaps, { resourceVersion: '999' }, new AbortController().signal);
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: { code: 504 } });
  });

  it('ends a watch that nobody reads any further', async () => {
    await using master = await TestMaster.start();
    const client = await open(master);
    await client.create(configMaps, configMap());
    for await (const event of client.watch(configMaps, { resourceVersion: '0' }, new AbortController().signal)) {
      expect(event.type).toBe('ADDED');
      break;
    }
    await client.delete(configMaps, ref);
  });
});

it('refuses in process what no type has: that is a bug of ours', async () => {
  await using master = await TestMaster.start();
  const wrong = { ...configMap(), dta: {} };
  await expect(master.admin.create(configMaps, wrong)).rejects.toMatchObject({
    status: { code: 400, message: expect.stringContaining('unknown field "dta"') as string },
  });
});
