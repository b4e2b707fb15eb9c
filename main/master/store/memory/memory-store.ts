import type { Clock } from '#common/base/clock.ts';
import { Expiry } from '../expiry.ts';
import {
  CompactedError,
  FutureRevisionError,
  type ListValues,
  type Revision,
  type Store,
  type StoreChange,
  type StoredValue,
  type ValuePage,
  type Write,
  type WriteOutcome,
} from '../store.ts';
import { Watchers } from '../watchers.ts';

/** A store that lives as long as its process: for tests and simulations. */
export class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #current = new Map<string, StoredValue>();
  readonly #watchers = new Watchers();
  readonly #expiry: Expiry;
  #log: StoreChange[] = [];
  #revision: Revision = 0;
  #compacted: Revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#expiry = new Expiry(clock, (keys) => this.#expire(keys));
  }

  get revision(): Revision {
    return this.#revision;
  }

  get compactedRevision(): Revision {
    return this.#compacted;
  }

  get(key: string): Promise<StoredValue | undefined> {
    return Promise.resolve(this.#current.get(key));
  }

  list(prefix: string, options: ListValues = {}): Promise<ValuePage> {
    const { revision = this.#revision, after = '', limit = Number.POSITIVE_INFINITY } = options;
    if (revision > this.#revision) return Promise.reject(new FutureRevisionError());
    if (revision < this.#compacted) return Promise.reject(new CompactedError(this.#compacted));
    const matching = [...this.#at(revision).values()]
      .filter(({ key }) => key.startsWith(prefix) && key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const values = matching.slice(0, limit);
    return Promise.resolve({ revision, values, remaining: matching.length - values.length });
  }

  async write(write: Write): Promise<WriteOutcome> {
    // As with a store on disk, nobody sees the outcome in the same turn.
    await Promise.resolve();
    const previous = this.#current.get(write.key);
    const expected = write.expect === undefined || write.expect === (previous?.revision ?? 0);
    if (!expected || (write.value === undefined && !previous)) return { written: false, current: previous };
    const change = this.#apply(write, previous);
    this.#watchers.tell([change]);
    return { written: true, revision: change.revision, previous };
  }

  watch(prefix: string, from: Revision, listener: (changes: readonly StoreChange[]) => void): Disposable {
    if (from < this.#compacted) throw new CompactedError(this.#compacted);
    const past = this.#log.filter((change) => change.revision > from && change.key.startsWith(prefix));
    if (past.length > 0) listener(past);
    return this.#watchers.add(prefix, listener);
  }

  compact(revision: Revision): Promise<void> {
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
    this.#log = this.#log.filter((change) => change.revision > this.#compacted);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#expiry[Symbol.dispose]();
    await Promise.resolve();
  }

  #apply(write: Write, previous: StoredValue | undefined): StoreChange {
    const revision = ++this.#revision;
    const { key, value } = write;
    const current = value && { key, value, revision, created: previous?.created ?? revision };
    if (current) this.#current.set(key, current);
    else this.#current.delete(key);
    if (current && write.timeToLiveMs !== undefined) {
      this.#expiry.set(key, this.#clock.now() + write.timeToLiveMs);
    } else {
      this.#expiry.clear(key);
    }
    const change = { revision, key, current, previous };
    this.#log.push(change);
    return change;
  }

  #expire(keys: readonly string[]): void {
    this.#watchers.tell(keys.map((key) => this.#apply({ key, value: undefined }, this.#current.get(key))));
  }

  /** Undoes, newest first, what happened after the revision. */
  #at(revision: Revision): ReadonlyMap<string, StoredValue> {
    const state = new Map(this.#current);
    for (const change of this.#log.toReversed()) {
      if (change.revision <= revision) break;
      if (change.previous) state.set(change.key, change.previous);
      else state.delete(change.key);
    }
    return state;
  }
}
