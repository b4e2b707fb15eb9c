import { describe, expect, it } from 'vitest';
import { lineLog, silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { keyOf, objectKey, type ObjectKey } from '#common/kube/object.ts';
import { configMaps, type ConfigMap } from '#common/kube/resources.ts';
import { authenticated } from '../../main/master/apiserver/authentication/user.ts';
import { MemoryStore } from '../../main/master/store/memory/memory-store.ts';
import { TestMaster } from '../../test/support/master.ts';
import { until } from '../../test/support/until.ts';
import type { Client } from './client.ts';
import { Informer, type Change, type InformerSelection } from './informer.ts';

const configMap = (name: string, v: string, labels: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data: { v },
});
const key = (name: string): ObjectKey => objectKey('default', name);
const ref = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

/** `+a1`: appeared with 1; `a1>2`: changed; `-a2`: vanished. */
function text({ previous, current }: Change<ConfigMap>): string {
  const before = previous?.data?.['v'] ?? '';
  const after = current?.data?.['v'] ?? '';
  if (!previous) return `+${current!.metadata.name}${after}`;
  return current ? `${current.metadata.name}${before}>${after}` : `-${previous.metadata.name}${before}`;
}

/** A running informer, with a clock of its own, that writes down what it tells. */
class Watching implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly informer: Informer<ConfigMap>;
  readonly told: string[] = [];
  readonly failures: string[] = [];
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;

  constructor(client: Client, selection: InformerSelection = {}) {
    const log = lineLog((line) => this.failures.push(line), 'debug');
    this.informer = new Informer(client, configMaps, selection, { clock: this.clock, random: seededRandom(1), log });
    this.informer.subscribe((change) => this.told.push(text(change)));
    this.#running = this.informer.run(this.#abort.signal);
  }

  /** What was told since the last time, once it is so much. */
  async next(count: number): Promise<string[]> {
    await until(() => this.told.length >= count);
    return this.told.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    expect(this.clock.pending).toBe(0);
  }
}

describe('an informer in process', () => {
  it('tells of the first list before it is synced, then of each change once', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(configMaps, configMap('a', '1'));
    await admin.create(configMaps, configMap('b', '1'));
    await using watching = new Watching(admin);
    const { informer } = watching;
    expect(informer.isSynced).toBe(false);
    await informer.synced;
    expect(watching.told.splice(0)).toEqual(['+a1', '+b1']);
    expect(informer.size).toBe(2);

    await admin.update(configMaps, configMap('a', '2'));
    await admin.update(configMaps, configMap('a', '2'));
    await admin.create(configMaps, configMap('c', '1'));
    await admin.delete(configMaps, ref('b'));
    expect(await watching.next(3)).toEqual(['a1>2', '+c1', '-b1']);
    expect(informer.list().map(keyOf)).toEqual([key('a'), key('c')]);
    expect(informer.get(key('a'))).toMatchObject({ data: { v: '2' } });
    expect(informer.get(key('b'))).toBeUndefined();

    const late: string[] = [];
    const subscription = informer.subscribe((change) => late.push(text(change)));
    expect(late).toEqual(['+a2', '+c1']);
    subscription[Symbol.dispose]();
    await admin.delete(configMaps, ref('c'));
    expect(await watching.next(1)).toEqual(['-c1']);
    expect(late).toHaveLength(2);
  });

  it('lists more than one page', async () => {
    await using master = await TestMaster.start();
    const names = Array.from({ length: 1001 }, (_, index) => `m-${index}`);
    await Promise.all(names.map((name) => master.admin.create(configMaps, configMap(name, '1'))));
    await using watching = new Watching(master.admin);
    await watching.informer.synced;
    expect(new Set(watching.informer.list().map(({ metadata }) => metadata.name))).toEqual(new Set(names));
  });

  it('sees objects enter and leave its selection', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(configMaps, configMap('a', '1'));
    await using watching = new Watching(admin, { labelSelector: 'app=web' });
    await watching.informer.synced;
    await admin.update(configMaps, configMap('a', '2', { app: 'web' }));
    expect(await watching.next(1)).toEqual(['+a2']);
    await admin.update(configMaps, configMap('a', '3', { app: 'db' }));
    expect(await watching.next(1)).toEqual(['-a2']);
  });

  it('keeps its indices true', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(configMaps, configMap('a', '1', { app: 'web' }));
    await using watching = new Watching(admin);
    const { informer } = watching;
    await informer.synced;
    const names = (value: string): string[] => informer.byIndex('app', value).map(({ metadata }) => metadata.name);
    informer.addIndex('app', ({ metadata }) => [metadata.labels?.['app'] ?? '']);
    // The first to name an index decides what it is.
    informer.addIndex('app', () => ['other']);
    expect(names('web')).toEqual(['a']);
    await admin.create(configMaps, configMap('b', '1', { app: 'web' }));
    await admin.update(configMaps, configMap('a', '2', { app: 'db' }));
    await watching.next(3);
    expect([names('web'), names('db'), names('other')]).toEqual([['b'], ['a'], []]);
    await admin.delete(configMaps, ref('b'));
    await watching.next(1);
    expect(names('web')).toEqual([]);
  });

  it('waits ever longer between attempts that fail', async () => {
    await using master = await TestMaster.start();
    await using watching = new Watching(master.client(authenticated('nobody', [])));
    await watching.clock.advance(0);
    expect(watching.failures).toHaveLength(1);
    expect(watching.failures[0]).toContain('User \\"nobody\\" cannot list resource \\"configmaps\\"');
    await watching.clock.advance(99);
    expect(watching.failures).toHaveLength(1);
    await watching.clock.advance(60_000);
    // Half a second at first, five seconds at most: about one in 2.5 to 5 seconds.
    expect(watching.failures.length).toBeGreaterThan(12);
    expect(watching.failures.length).toBeLessThan(32);
    expect(watching.informer.isSynced).toBe(false);
  });

  it('does not ask again at once a server that ends every watch at once', async () => {
    await using master = await TestMaster.start();
    let watches = 0;
    const hasty = new Proxy(master.admin, {
      get: (client, name) =>
        name === 'watch'
          ? async function* () {
              watches++;
            }
          : (Reflect.get(client, name) as () => unknown).bind(client),
    });
    await using watching = new Watching(hasty);
    await watching.informer.synced;
    await watching.clock.advance(0);
    expect(watches).toBe(1);
    await watching.clock.advance(10_000);
    expect(watches).toBeGreaterThan(3);
    expect(watches).toBeLessThan(20);
  });
});

/** A server that goes and comes back at the same address. The store may be changed meanwhile. */
class Outage {
  readonly store: MemoryStore;
  readonly #first: TestMaster;
  readonly #port: number;

  private constructor(first: TestMaster, store: MemoryStore, port: number) {
    this.#first = first;
    this.store = store;
    this.#port = port;
  }

  static async prepare(master: TestMaster, store: MemoryStore): Promise<Outage> {
    return new Outage(master, store, Number(new URL(await master.url()).port));
  }

  /** Ends the server, makes changes behind the informer's back, and gives back the next server. */
  async during(watching: Watching, work: (admin: Client) => Promise<void>, next = this.store): Promise<TestMaster> {
    const { authority } = this.#first;
    await this.#first.stop();
    await until(() => watching.clock.pending > 0);
    // Another master makes the changes: the next one does not remember them itself.
    await using between = await TestMaster.start({ store: next, authority });
    await work(between.admin);
    const second = await TestMaster.start({ store: next, authority });
    await second.url(this.#port);
    await watching.clock.advance(5000);
    return second;
  }
}

describe('an informer over HTTPS', () => {
  it('resumes where it was when the server was away', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using first = await TestMaster.start({ store });
    const outage = await Outage.prepare(first, store);
    await first.admin.create(configMaps, configMap('a', '1'));
    await first.admin.create(configMaps, configMap('b', '1'));
    await using watching = new Watching(await first.https());
    expect(await watching.next(2)).toEqual(['+a1', '+b1']);
    await using second = await outage.during(watching, async (admin) => {
      await admin.update(configMaps, configMap('a', '2'));
      await admin.update(configMaps, configMap('a', '3'));
      await admin.delete(configMaps, ref('b'));
    });
    // Every step of the way, and nothing twice: it did not list again.
    expect(await watching.next(3)).toEqual(['a1>2', 'a2>3', '-b1']);
    await second.admin.create(configMaps, configMap('c', '1'));
    expect(await watching.next(1)).toEqual(['+c1']);
  });

  it('lists again when what happened meanwhile is forgotten, and tells only what differs', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using first = await TestMaster.start({ store });
    const outage = await Outage.prepare(first, store);
    for (const name of ['changed', 'deleted', 'replaced', 'same']) {
      await first.admin.create(configMaps, configMap(name, '1'));
    }
    await using watching = new Watching(await first.https());
    await watching.next(4);
    await using _second = await outage.during(watching, async (admin) => {
      await admin.update(configMaps, configMap('changed', '2'));
      await admin.delete(configMaps, ref('deleted'));
      await admin.delete(configMaps, ref('replaced'));
      await admin.create(configMaps, configMap('replaced', '2'));
      await store.compact(store.revision);
    });
    await until(() => watching.clock.pending > 0);
    await watching.clock.advance(5000);
    expect((await watching.next(4)).sort()).toEqual(['+replaced2', '-deleted1', '-replaced1', 'changed1>2']);
  });

  it('lists again when the server went back to an earlier state', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using first = await TestMaster.start({ store });
    const outage = await Outage.prepare(first, store);
    await first.admin.create(configMaps, configMap('a', '1'));
    await using watching = new Watching(await first.https());
    await watching.next(1);
    const restored = new MemoryStore(new VirtualClock());
    await using _second = await outage.during(watching, () => Promise.resolve(), restored);
    await until(() => watching.clock.pending > 0);
    await watching.clock.advance(5000);
    expect(await watching.next(1)).toEqual(['-a1']);
  });
});

it('ends with its signal, also while it waits for an answer', async () => {
  await using master = await TestMaster.start();
  const abort = new AbortController();
  const clock = new VirtualClock();
  const client = await master.https();
  const informer = new Informer(client, configMaps, {}, { clock, random: seededRandom(1), log: silentLog });
  const running = informer.run(abort.signal);
  abort.abort();
  await running;
  expect(informer.isSynced).toBe(false);
});
