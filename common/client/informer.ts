import { isAborted } from '#common/base/abort.ts';
import { sleep, type Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { Backoff } from './backoff.ts';
import type { Client, ListOptions } from './client.ts';

export interface InformerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type InformerSelection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** What happened to an object: `previous` is absent when it appeared, `current` when it vanished. */
export interface Change<T extends KubeObject> {
  readonly previous?: Stored<T>;
  readonly current?: Stored<T>;
}

export type Indexer<T extends KubeObject> = (object: Stored<T>) => readonly string[];

const PAGE = 500;

/**
 * A local copy of a collection, kept true by list and watch (client-go's shared informer). It resumes
 * at its last resourceVersion, lists anew after 410, and tells its listeners of each change once.
 * Listeners see all objects of the first list as appearing, before `synced` resolves.
 */
export class Informer<T extends KubeObject> {
  readonly #client: Client;
  readonly #resource: Resource<T>;
  readonly #selection: InformerSelection;
  readonly #context: InformerContext;
  readonly #objects = new Map<ObjectKey, Stored<T>>();
  readonly #indexers = new Map<string, Indexer<T>>();
  readonly #indices = new Map<string, Map<string, Map<ObjectKey, Stored<T>>>>();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #resourceVersion = '';

  constructor(client: Client, resource: Resource<T>, selection: InformerSelection, context: InformerContext) {
    this.#client = client;
    this.#resource = resource;
    this.#selection = selection;
    this.#context = { ...context, log: context.log.with({ resource: resource.plural }) };
  }

  /** Resolves when the first list is held completely. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get(key: ObjectKey): Stored<T> | undefined {
    return this.#objects.get(key);
  }

  list(): Stored<T>[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Keeps objects findable by the values that `indexer` gives. Who asks second for a name shares the first's. */
  addIndex(name: string, indexer: Indexer<T>): void {
    if (this.#indexers.has(name)) return;
    this.#indexers.set(name, indexer);
    this.#indices.set(name, new Map());
    for (const [key, object] of this.#objects) this.#index(name, indexer, key, object);
  }

  byIndex(name: string, value: string): Stored<T>[] {
    return [...(this.#indices.get(name)?.get(value)?.values() ?? [])];
  }

  /** Tells of every change from now on; objects already held are told of first. */
  subscribe(listener: (change: Change<T>) => void): Disposable {
    this.#listeners.add(listener);
    for (const current of this.#objects.values()) listener({ current });
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Keeps the copy true until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 200, maximumMs: 5000, jitter: 0.5 }, this.#context.random);
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === '') await this.#relist(signal);
        await this.#follow(signal, () => backoff.reset());
        continue;
      } catch (error) {
        if (isAborted(signal)) return;
        if (isUnknownVersion(error)) this.#resourceVersion = '';
        this.#context.log.debug('list or watch failed', { error: describeError(error) });
      }
      await sleep(this.#context.clock, backoff.nextMs(), signal).catch(() => undefined);
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const found = new Map<ObjectKey, Stored<T>>();
    let page = await this.#client.list(this.#resource, { ...this.#selection, limit: PAGE }, signal);
    for (;;) {
      for (const object of page.items) found.set(keyOf(object), object);
      if (!page.continue) break;
      page = await this.#client.list(
        this.#resource,
        { ...this.#selection, limit: PAGE, continue: page.continue },
        signal,
      );
    }
    for (const key of [...this.#objects.keys()]) if (!found.has(key)) this.#remove(key);
    for (const object of found.values()) this.#put(object);
    this.#resourceVersion = page.resourceVersion;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #follow(signal: AbortSignal, alive: () => void): Promise<void> {
    const watch = this.#client.watch(
      this.#resource,
      { ...this.#selection, resourceVersion: this.#resourceVersion },
      signal,
    );
    let heard = false;
    for await (const event of watch) {
      heard = true;
      alive();
      if (event.type === 'BOOKMARK') {
        this.#resourceVersion = event.resourceVersion;
        continue;
      }
      this.#resourceVersion = event.object.metadata.resourceVersion;
      if (event.type === 'DELETED') this.#remove(keyOf(event.object), event.object);
      else this.#put(event.object);
    }
    // A server that ends every watch at once must not be asked again at once.
    if (!heard && !isAborted(signal)) throw new Error('The watch ended without an event');
  }

  #put(current: Stored<T>): void {
    const key = keyOf(current);
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === current.metadata.resourceVersion) return;
    // The same name with another uid is another object: the old one vanished unseen.
    if (previous && previous.metadata.uid !== current.metadata.uid) {
      this.#remove(key);
      this.#store(key, undefined, current);
      this.#tell({ current });
      return;
    }
    this.#store(key, previous, current);
    this.#tell(previous ? { previous, current } : { current });
  }

  #remove(key: ObjectKey, last?: Stored<T>): void {
    const held = this.#objects.get(key);
    if (!held) return;
    this.#objects.delete(key);
    this.#unindex(key, held);
    this.#tell({ previous: last ?? held });
  }

  #store(key: ObjectKey, previous: Stored<T> | undefined, current: Stored<T>): void {
    if (previous) this.#unindex(key, previous);
    this.#objects.set(key, current);
    for (const [name, indexer] of this.#indexers) {
      this.#index(name, indexer, key, current);
    }
  }

  #index(name: string, indexer: Indexer<T>, key: ObjectKey, object: Stored<T>): void {
    const index = this.#indices.get(name)!;
    for (const value of indexer(object)) {
      const bucket = index.get(value) ?? new Map<ObjectKey, Stored<T>>();
      bucket.set(key, object);
      index.set(value, bucket);
    }
  }

  #unindex(key: ObjectKey, object: Stored<T>): void {
    for (const [name, indexer] of this.#indexers) {
      const index = this.#indices.get(name)!;
      for (const value of indexer(object)) {
        const bucket = index.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) index.delete(value);
      }
    }
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The server no longer knows what happened since then, or does not yet: it was restored from a backup. */
function isUnknownVersion(error: unknown): boolean {
  if (isStatus(error, 'Expired') || isStatus(error, 'Gone')) return true;
  const causes = isStatus(error, 'Timeout') ? error.status.details?.causes : undefined;
  return causes?.some(({ reason }) => reason === 'ResourceVersionTooLarge') === true;
}
