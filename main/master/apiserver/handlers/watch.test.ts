import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps, type ConfigMap } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import type { RawEvent } from '../../../../test/support/raw-watch.ts';
import { until } from '../../../../test/support/until.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';

const configMap = (
  name: string,
  labels: Record<string, string> = {},
  data: Record<string, string> = {},
): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data,
});
const ref = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

/** Watches over HTTPS, on a master whose time stands still. */
class Bench implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store = new MemoryStore(this.clock);
  readonly #abort = new AbortController();
  #master: TestMaster | undefined;
  #api: RawApi | undefined;

  static async open(): Promise<Bench> {
    const bench = new Bench();
    bench.#master = await TestMaster.start({ clock: bench.clock, store: bench.store });
    bench.#api = await RawApi.open(bench.#master);
    return bench;
  }

  get admin(): TestMaster['admin'] {
    return this.#master!.admin;
  }

  get api(): RawApi {
    return this.#api!;
  }

  async revision(): Promise<string> {
    return (await this.admin.list(configMaps)).resourceVersion;
  }

  /** What comes, as it comes; `done` when the server ended it. */
  watch(query: string, headers: Record<string, string> = {}): { readonly events: RawEvent[]; done: Promise<void> } {
    const path = `/api/v1/namespaces/default/configmaps?watch=true&${query}`;
    const events: RawEvent[] = [];
    const follow = async (): Promise<void> => {
      using watch = await this.api.watch(path, { headers, signal: this.#abort.signal });
      for await (const event of watch) events.push(event);
    };
    return { events, done: follow().catch((error: unknown) => this.#ended(error)) };
  }

  #ended(error: unknown): void {
    if (!this.#abort.signal.aborted) throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#api![Symbol.dispose]();
    await this.#master![Symbol.asyncDispose]();
  }
}

const texts = (events: readonly RawEvent[]): string[] =>
  events.map(({ type, object }) => (object.metadata.name ? `${type} ${object.metadata.name}` : type));

describe('a watch', () => {
  it('tells of everything after its resourceVersion, each change once and in order', async () => {
    await using bench = await Bench.open();
    const { admin } = bench;
    await admin.create(configMaps, configMap('before'));
    const { resourceVersion } = (await admin.create(configMaps, configMap('a'))).metadata;
    await admin.update(configMaps, configMap('a', { x: '1' }));
    const { events } = bench.watch(`resourceVersion=${resourceVersion}`);
    await until(() => events.length === 1);
    await admin.create(configMaps, configMap('b'));
    await admin.delete(configMaps, ref('a'));
    await admin.create(configMaps, { ...configMap('c'), metadata: { name: 'c', namespace: 'kube-system' } });
    await admin.create(configMaps, configMap('d'));
    await until(() => events.length === 4);
    expect(texts(events)).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a', 'ADDED d']);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    // The last state, with the version of the deletion.
    expect(events[2]!.object).toMatchObject({ kind: 'ConfigMap', metadata: { labels: { x: '1' } } });
    expect(versions[2]).toBeGreaterThan(versions[1]!);
  });

  it.each(['', 'resourceVersion=0'])('begins with all there is when asked with %j', async (query) => {
    await using bench = await Bench.open();
    await bench.admin.create(configMaps, configMap('a'));
    await bench.admin.create(configMaps, configMap('b'));
    const { events } = bench.watch(query);
    await until(() => events.length === 2);
    await bench.admin.update(configMaps, configMap('a', { x: '1' }));
    await until(() => events.length === 3);
    expect(texts(events)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a']);
  });

  it('sees objects come into its selection and leave it', async () => {
    await using bench = await Bench.open();
    const { admin } = bench;
    await admin.create(configMaps, configMap('a', { app: 'db' }));
    const { events } = bench.watch(`labelSelector=app%3Dweb&resourceVersion=${await bench.revision()}`);
    await admin.update(configMaps, configMap('a', { app: 'web' }, { v: '1' }));
    await admin.update(configMaps, configMap('a', { app: 'web' }, { v: '2' }));
    const left = await admin.update(configMaps, configMap('a', { app: 'db' }, { v: '3' }));
    await admin.update(configMaps, configMap('a', { app: 'db' }, { v: '4' }));
    await admin.create(configMaps, configMap('b', { app: 'web' }));
    await until(() => events.length === 4);
    expect(texts(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
    // What it was when it last matched, at the version at which it no longer did.
    expect(events[2]!.object).toMatchObject({
      data: { v: '2' },
      metadata: { labels: { app: 'web' }, resourceVersion: left.metadata.resourceVersion },
    });
  });

  it('is of one object when a name is given', async () => {
    await using bench = await Bench.open();
    for (const name of ['a', 'b']) await bench.admin.create(configMaps, configMap(name));
    const byField = bench.watch('fieldSelector=metadata.name%3Db');
    const events: RawEvent[] = [];
    const abort = new AbortController();
    const byPath = (async () => {
      const path = '/api/v1/namespaces/default/configmaps/b?watch=1';
      using watch = await bench.api.watch(path, { signal: abort.signal });
      for await (const event of watch) events.push(event);
    })().catch(() => undefined);
    await until(() => byField.events.length === 1 && events.length === 1);
    await bench.admin.update(configMaps, configMap('a', { x: '1' }));
    await bench.admin.update(configMaps, configMap('b', { x: '1' }));
    await until(() => byField.events.length === 2 && events.length === 2);
    expect([texts(byField.events), texts(events)]).toEqual([
      ['ADDED b', 'MODIFIED b'],
      ['ADDED b', 'MODIFIED b'],
    ]);
    abort.abort();
    await byPath;
  });

  it('is refused with 410 when its beginning is forgotten, and with 504 when it is yet to come', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore(clock);
    {
      await using first = await TestMaster.start({ clock, store });
      for (const name of ['a', 'b', 'c']) await first.admin.create(configMaps, configMap(name));
    }
    await store.compact(store.revision);
    await using master = await TestMaster.start({ clock, store });
    using api = await RawApi.open(master);
    const path = '/api/v1/configmaps?watch=1&resourceVersion=';
    const { text } = await api.request('GET', `${path}2`);
    expect(JSON.parse(text)).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired', message: `too old resource version: 2 (${store.revision})` },
    });
    expect(await api.failure('GET', `${path}999999`)).toMatchObject({
      code: 504,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
  });

  it('ends after the time that was asked for, with a last bookmark before', async () => {
    await using bench = await Bench.open();
    const { events, done } = bench.watch('timeoutSeconds=10&allowWatchBookmarks=true');
    await until(() => bench.clock.pending > 0);
    let ended = false;
    void done.then(() => (ended = true));
    await bench.clock.advance(8000);
    await until(() => events.length === 1);
    expect(texts(events)).toEqual(['BOOKMARK']);
    expect(ended).toBe(false);
    await bench.clock.advance(2000);
    await done;
    expect(bench.clock.pending).toBe(0);
  });

  it('ends by itself between half an hour and an hour', async () => {
    await using bench = await Bench.open();
    const { events, done } = bench.watch('allowWatchBookmarks=true');
    await until(() => bench.clock.pending > 0);
    await bench.clock.advance(29 * 60_000);
    await until(() => events.length === 29);
    await bench.clock.advance(31 * 60_000);
    await done;
  });

  it('marks each minute how far it is, only when that is wanted', async () => {
    await using bench = await Bench.open();
    const plain = bench.watch(`resourceVersion=${await bench.revision()}`);
    const marked = bench.watch(`resourceVersion=${await bench.revision()}&allowWatchBookmarks=true`);
    await until(() => bench.clock.pending === 2);
    await bench.admin.create(configMaps, { ...configMap('x'), metadata: { name: 'x', namespace: 'kube-system' } });
    await bench.clock.advance(60_000);
    await until(() => marked.events.length === 1);
    expect(marked.events[0]).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { resourceVersion: await bench.revision(), creationTimestamp: null },
      },
    });
    await bench.admin.create(configMaps, configMap('y'));
    await until(() => plain.events.length === 1);
    expect(texts(plain.events)).toEqual(['ADDED y']);
  });

  it('marks the end of the initial events', async () => {
    await using bench = await Bench.open();
    for (const name of ['a', 'b']) await bench.admin.create(configMaps, configMap(name));
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const { events } = bench.watch(query);
    await until(() => events.length === 3);
    expect(texts(events)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK']);
    expect(events[2]!.object.metadata).toMatchObject({
      resourceVersion: await bench.revision(),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
    const without = bench.watch(`${query.replace('=true', '=false')}&resourceVersion=${await bench.revision()}`);
    await bench.admin.create(configMaps, configMap('c'));
    await until(() => without.events.length === 1);
    expect(texts(without.events)).toEqual(['ADDED c']);
  });

  it('ends when the server stops', async () => {
    const master = await TestMaster.start();
    using api = await RawApi.open(master);
    const seen = (async () => {
      const events: RawEvent[] = [];
      using watch = await api.watch('/api/v1/namespaces?watch=1');
      for await (const event of watch) {
        events.push(event);
        if (events.length === 4) void master[Symbol.asyncDispose]();
      }
      return events.length;
    })();
    expect(await seen).toBe(4);
    await master[Symbol.asyncDispose]();
  });
});

describe('a watch in other forms', () => {
  it('gives tables whose columns come once', async () => {
    await using bench = await Bench.open();
    await bench.admin.create(configMaps, configMap('a', {}, { k: 'v' }));
    const { events } = bench.watch('', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await until(() => events.length === 1);
    await bench.admin.create(configMaps, configMap('b'));
    await until(() => events.length === 2);
    expect(events).toMatchObject([
      {
        type: 'ADDED',
        object: {
          kind: 'Table',
          columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
          rows: [{ cells: ['a', 1, '0s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
        },
      },
      { type: 'ADDED', object: { kind: 'Table', columnDefinitions: [], rows: [{ cells: ['b', 0, '0s'] }] } },
    ]);
  });

  it('gives metadata alone', async () => {
    await using bench = await Bench.open();
    await bench.admin.create(configMaps, configMap('a', {}, { k: 'v' }));
    const { events } = bench.watch('', { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' });
    await until(() => events.length === 1);
    expect(events[0]!.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(events[0]!.object).not.toHaveProperty('data');
  });
});

describe('a watch in process', () => {
  it('never runs while the writer still does', async () => {
    await using master = await TestMaster.start();
    const abort = new AbortController();
    const seen: string[] = [];
    let writing = false;
    const { resourceVersion } = await master.admin.list(configMaps);
    const following = (async () => {
      for await (const event of master.admin.watch(configMaps, { resourceVersion }, abort.signal)) {
        expect(writing).toBe(false);
        seen.push(event.type === 'BOOKMARK' ? '' : event.object.metadata.name);
        // A watcher may write what it likes.
        if (seen.length === 1) await master.admin.create(configMaps, configMap('b'));
      }
    })();
    await master.admin.list(configMaps);
    writing = true;
    const created = master.admin.create(configMaps, configMap('a'));
    writing = false;
    await created;
    await until(() => seen.length === 2);
    expect(seen).toEqual(['a', 'b']);
    abort.abort();
    await following;
  });

  it('shares one frozen object between all watchers and readers', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    const { resourceVersion } = await admin.list(configMaps);
    const abort = new AbortController();
    const first = async (): Promise<unknown> => {
      for await (const event of admin.watch(configMaps, { resourceVersion }, abort.signal)) {
        return event.type === 'BOOKMARK' ? undefined : event.object;
      }
      return undefined;
    };
    const watching = [first(), first()];
    await admin.create(configMaps, configMap('a'));
    const [one, two] = await Promise.all(watching);
    expect(one).toBe(two);
    expect(await admin.get(configMaps, ref('a'))).toBe(one);
    abort.abort();
  });
});
