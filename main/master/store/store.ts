/**
 * Where all objects of a cluster are kept: keys with revisions, as etcd has them. Every write has a
 * revision of its own, larger than all before it. Nothing is visible to reads and watches before it is
 * durable, and `write` resolves only then.
 *
 * Implementations: `sqlite/` (the default) and `memory/` (tests), held to one suite (store-suite.ts), and
 * `encryption/`, which stands in front of either.
 */
export interface Store extends AsyncDisposable {
  /** The revision of the newest durable write. */
  readonly revision: Revision;

  /** Reads below this revision are gone. */
  readonly compactedRevision: Revision;

  /** The current value of a key. */
  get(key: string): Promise<StoredValue | undefined>;

  /** Keys that begin with `prefix`, in order, as they were at a revision. Throws `CompactedError`. */
  list(prefix: string, options?: ListValues): Promise<ValuePage>;

  /** Compare and write. Writes that arrive together become durable together. */
  write(write: Write): Promise<WriteOutcome>;

  /**
   * Tells of each change under `prefix` after revision `from`: those of the past first, then each as
   * soon as it is durable, in order, none twice. Throws `CompactedError` when the past is gone.
   */
  watch(prefix: string, from: Revision, listener: (changes: readonly StoreChange[]) => void): Disposable;

  /** Forgets values that were replaced or deleted at or before `revision`. */
  compact(revision: Revision): Promise<void>;
}

/** Counts writes, from 1. Safe as a number for 285 years of a million writes a second. */
export type Revision = number;

export interface StoredValue {
  readonly key: string;
  /** Throws `UnreadableValueError` where it is encrypted and cannot be opened. */
  readonly value: Buffer;
  /** The revision of the write that made this value. */
  readonly revision: Revision;
  /** The revision of the write that made the key. */
  readonly created: Revision;
}

export interface Write {
  readonly key: string;
  /** Nothing deletes the key. */
  readonly value: Buffer | undefined;
  /** The revision that the key's value must have, 0 when the key must not exist. Absent: any. */
  readonly expect?: Revision;
  /** The key is deleted by itself so many milliseconds after this write. */
  readonly timeToLiveMs?: number;
}

export type WriteOutcome =
  | { readonly written: true; readonly revision: Revision; readonly previous: StoredValue | undefined }
  /** What was expected is not what is there. */
  | { readonly written: false; readonly current: StoredValue | undefined };

export interface StoreChange {
  readonly revision: Revision;
  readonly key: string;
  /** Nothing when the key was deleted. */
  readonly current: StoredValue | undefined;
  readonly previous: StoredValue | undefined;
}

export interface ListValues {
  /** The newest when absent. */
  readonly revision?: Revision;
  /** Only keys after this one. */
  readonly after?: string;
  readonly limit?: number;
}

export interface ValuePage {
  readonly revision: Revision;
  readonly values: readonly StoredValue[];
  /** How many more there are after the last of these. */
  readonly remaining: number;
}

/** The revision asked for was compacted away. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compacted: Revision;

  constructor(compacted: Revision) {
    super(`Revisions before ${compacted} are gone`);
    this.compacted = compacted;
  }
}

/** The revision asked for is not reached yet. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
}

/** Another process has the store open. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError';
}

/** What is on disk cannot be read as a store. It is left as it is. */
export class StoreDamagedError extends Error {
  override readonly name = 'StoreDamagedError';
}

/** What is on disk was written by a later version of the program. It is left as it is. */
export class StoreVersionError extends Error {
  override readonly name = 'StoreVersionError';
}

/** One value cannot be opened; all others can be read. */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError';

  // Upstream's words (apiserver, storage/etcd3: TransformFromStorage).
  constructor(key: string, why: string) {
    super(`unable to transform key "${key}": ${why}`);
  }
}

/** The first key after all keys that begin with `prefix`: the end of a range. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
