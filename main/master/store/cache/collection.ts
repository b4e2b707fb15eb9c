import type { Revision, Store, StoreChange, StoredValue, Write } from '../store.ts';
import { CachedObject } from './cached-object.ts';
import { EventRing, type ObjectChange } from './event-ring.ts';

export interface ObjectPage {
  readonly revision: Revision;
  readonly objects: readonly CachedObject[];
  /** How many more there are after these. */
  readonly remaining: number;
}

export type WriteResult =
  | { readonly written: true; readonly object: CachedObject | undefined; readonly revision: Revision }
  | { readonly written: false; readonly current: CachedObject | undefined };

/**
 * All objects of one kind in memory, kept true by the store: reads never touch the disk, and a write is
 * seen here as soon as it is durable, before the writer is answered.
 */
export class Collection implements Disposable {
  readonly prefix: string;
  readonly #store: Store;
  readonly #typePrefix: string;
  readonly #objects = new Map<string, CachedObject>();
  /** In order, for pages and prefixes. */
  #keys: string[] = [];
  readonly #ring: EventRing;
  readonly #listeners = new Set<(change: ObjectChange) => void>();
  readonly #watch: Disposable;

  private constructor(store: Store, prefix: string, typePrefix: string, values: readonly StoredValue[], at: Revision) {
    this.#store = store;
    this.prefix = prefix;
    this.#typePrefix = typePrefix;
    for (const value of values) {
      this.#objects.set(value.key, CachedObject.from(value, typePrefix));
      this.#keys.push(value.key);
    }
    this.#ring = new EventRing(at);
    this.#watch = store.watch(prefix, at, (changes) => {
      for (const change of changes) this.#apply(change);
    });
  }

  /** `prefix` ends with a slash; `typePrefix` is what each value begins with. */
  static async load(store: Store, prefix: string, typePrefix: string): Promise<Collection> {
    const { values, revision } = await store.list(prefix);
    return new Collection(store, prefix, typePrefix, values, revision);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** The newest durable revision of the whole store: everything up to it is in this collection. */
  get revision(): Revision {
    return this.#store.revision;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(name: string): CachedObject | undefined {
    return this.#objects.get(this.prefix + name);
  }

  /** All objects whose name (`namespace/name`) begins with `under`, in order. */
  *under(under = ''): Iterable<CachedObject> {
    const start = this.prefix + under;
    for (let index = this.#position(start); index < this.#keys.length; index++) {
      const key = this.#keys[index]!;
      if (!key.startsWith(start)) return;
      yield this.#objects.get(key)!;
    }
  }

  /** A page of the collection as it was at a revision: from memory while nothing changed since. */
  async page(under: string, revision: Revision, after: string, limit: number): Promise<ObjectPage> {
    if (this.#ring.newest > revision) {
      const past = await this.#store.list(this.prefix + under, { revision, after: this.prefix + after, limit });
      const objects = past.values.map((value) => CachedObject.from(value, this.#typePrefix));
      return { revision, objects, remaining: past.remaining };
    }
    const start = this.prefix + under;
    const end = this.#position(start + '\uffff');
    // Whatever is asked for, nothing outside of `under` is shown.
    const first = Math.max(this.#position(start), after === '' ? 0 : this.#position(this.prefix + after + '\0'));
    const objects = this.#keys.slice(first, Math.min(end, first + limit)).map((key) => this.#objects.get(key)!);
    return { revision, objects, remaining: Math.max(0, end - first - objects.length) };
  }

  /** What happened after a revision. Throws `CompactedError` when that is no longer known. */
  changesAfter(revision: Revision): readonly ObjectChange[] {
    const recent = this.#ring.after(revision);
    if (recent) return recent;
    const past: ObjectChange[] = [];
    using _once = this.#store.watch(this.prefix, revision, (changes) => {
      past.push(...changes.map((change) => this.#changeOf(change)));
    });
    return past;
  }

  /** Hears of each change as soon as it is durable. Must not write to the store in the same turn. */
  subscribe(listener: (change: ObjectChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Writes an object's JSON (without resourceVersion), or deletes it. */
  async write(
    name: string,
    json: string | undefined,
    options: Pick<Write, 'expect' | 'timeToLiveMs'>,
  ): Promise<WriteResult> {
    const key = this.prefix + name;
    const value = json === undefined ? undefined : Buffer.from(json, 'utf8');
    const outcome = await this.#store.write({ key, value, ...options });
    if (!outcome.written) {
      const { current } = outcome;
      return { written: false, current: current && CachedObject.from(current, this.#typePrefix) };
    }
    const { revision } = outcome;
    if (!value) return { written: true, object: undefined, revision };
    // The cache may already hold a later version: the answer is the one that was written.
    const held = this.#objects.get(key);
    const object =
      held?.revision === revision
        ? held
        : CachedObject.from({ key, value, revision, created: outcome.previous?.created ?? revision }, this.#typePrefix);
    return { written: true, object, revision };
  }

  #apply(change: StoreChange): void {
    const held = this.#objects.get(change.key);
    const objectChange = this.#changeOf(change, held);
    if (objectChange.current) {
      this.#objects.set(change.key, objectChange.current);
      if (!held) this.#keys.splice(this.#position(change.key), 0, change.key);
    } else if (held) {
      this.#objects.delete(change.key);
      this.#keys.splice(this.#position(change.key), 1);
    }
    this.#ring.add(objectChange);
    for (const listener of this.#listeners) listener(objectChange);
  }

  #changeOf(change: StoreChange, held?: CachedObject): ObjectChange {
    const { revision, current, previous } = change;
    if (current) {
      const before =
        previous && (held?.revision === previous.revision ? held : CachedObject.from(previous, this.#typePrefix));
      return { revision, current: CachedObject.from(current, this.#typePrefix), previous: before };
    }
    return {
      revision,
      current: undefined,
      previous: previous && CachedObject.from(previous, this.#typePrefix, revision),
    };
  }

  /** Where the key is, or would be. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
