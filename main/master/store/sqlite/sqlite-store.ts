import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock } from '#common/base/clock.ts';
import { ExpiryTimer } from '../expiry.ts';
import {
  CompactedError,
  FutureRevisionError,
  prefixEnd,
  StoreDamagedError,
  StoreLockedError,
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
import { configure, prepareTables } from './schema.ts';

interface Row {
  readonly key: string;
  readonly revision: number;
  readonly created: number;
  readonly previous: number;
  readonly value: Uint8Array | null;
}

interface PendingWrite {
  readonly write: Write;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The default store: one SQLite file in WAL mode with `synchronous=FULL`. All writes that arrive in one
 * turn of the event loop share one transaction, and so one fsync.
 */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #clock: Clock;
  readonly #watchers = new Watchers();
  readonly #expiry: ExpiryTimer;
  #pending: PendingWrite[] = [];
  #flush: NodeJS.Immediate | undefined;
  #revision: Revision;
  #compacted: Revision;

  private constructor(database: DatabaseSync, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#statements = prepare(database);
    this.#revision = Number(this.#statements.newest.get()!['revision']);
    this.#compacted = Number(this.#statements.compacted.get()!['value']);
    this.#expiry = new ExpiryTimer(clock, () => this.#expire());
    this.#scheduleExpiry();
  }

  /** Opens or makes the file. Throws `StoreLockedError` or `StoreDamagedError`. */
  static open(file: string, clock: Clock): SqliteStore {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(file);
      configure(database);
      prepareTables(database, file);
      return new SqliteStore(database, clock);
    } catch (error) {
      if (database?.isOpen) database.close();
      throw asStoreError(error, file);
    }
  }

  get revision(): Revision {
    return this.#revision;
  }

  get compactedRevision(): Revision {
    return this.#compacted;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    await Promise.resolve();
    return storedValue(this.#statements.current.get(key) as Row | undefined);
  }

  async list(prefix: string, options: ListValues = {}): Promise<ValuePage> {
    await Promise.resolve();
    const { revision = this.#revision, after = prefix, limit } = options;
    if (revision > this.#revision) throw new FutureRevisionError();
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    const start = after < prefix ? prefix : after;
    const rows = this.#statements.list.all(start, prefixEnd(prefix), revision, limit ?? -1) as unknown as Row[];
    const values = rows.map((row) => storedValue(row)!);
    if (limit === undefined || values.length < limit) return { revision, values, remaining: 0 };
    const last = values.at(-1)!.key;
    const rest = this.#statements.count.get(last, prefixEnd(prefix), revision);
    return { revision, values, remaining: Number(rest!['count']) };
  }

  write(write: Write): Promise<WriteOutcome> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ write, resolve, reject });
      this.#flush ??= setImmediate(() => this.#commitPending());
    });
  }

  watch(prefix: string, from: Revision, listener: (changes: readonly StoreChange[]) => void): Disposable {
    if (from < this.#compacted) throw new CompactedError(this.#compacted);
    const rows = this.#statements.since.all(prefix, prefixEnd(prefix), from) as unknown as Row[];
    if (rows.length > 0) listener(rows.map((row) => this.#changeOf(row)));
    return this.#watchers.add(prefix, listener);
  }

  async compact(revision: Revision): Promise<void> {
    await Promise.resolve();
    const target = Math.min(revision, this.#revision);
    if (target <= this.#compacted) return;
    this.#transaction(() => {
      this.#statements.forget.run(target, target);
      this.#statements.setCompacted.run(target);
    });
    this.#compacted = target;
    this.#database.exec('PRAGMA incremental_vacuum(1000)');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#expiry[Symbol.dispose]();
    clearImmediate(this.#flush);
    this.#commitPending();
    await Promise.resolve();
    if (this.#database.isOpen) this.#database.close();
  }

  #commitPending(): void {
    this.#flush = undefined;
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0) return;
    const changes: StoreChange[] = [];
    const before = this.#revision;
    let outcomes: WriteOutcome[];
    try {
      outcomes = this.#transaction(() => batch.map(({ write }) => this.#writeOne(write, changes)));
    } catch (error) {
      // Nothing of the batch is on disk: the revisions it took are free again.
      this.#revision = before;
      for (const { reject } of batch) reject(error);
      return;
    }
    // Watchers first: whoever is told that its write is done finds it in every cache.
    if (changes.length > 0) this.#watchers.tell(changes);
    for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index]!);
  }

  #writeOne(write: Write, changes: StoreChange[]): WriteOutcome {
    const { key, value, expect, timeToLiveMs } = write;
    const previous = storedValue(this.#statements.current.get(key) as Row | undefined);
    const expected = expect === undefined || expect === (previous?.revision ?? 0);
    if (!expected || (value === undefined && !previous)) return { written: false, current: previous };
    const revision = ++this.#revision;
    const created = previous?.created ?? revision;
    const expires = value && timeToLiveMs !== undefined ? this.#clock.now() + timeToLiveMs : null;
    this.#statements.insert.run(revision, key, created, previous?.revision ?? 0, value ?? null, expires);
    if (expires !== null) this.#expiry.schedule(expires);
    changes.push({ revision, key, current: value && { key, value, revision, created }, previous });
    return { written: true, revision, previous };
  }

  #expire(): void {
    const due = this.#statements.expired.all(this.#clock.now()) as unknown as Row[];
    for (const { key, revision } of due) {
      // A newer value of the key has its own time to live, or none.
      void this.write({ key, value: undefined, expect: revision }).catch(() => this.#scheduleExpiry());
    }
    this.#scheduleExpiry();
  }

  #scheduleExpiry(): void {
    const next = this.#statements.nextExpiry.get(this.#clock.now())?.['at'];
    if (typeof next === 'number') this.#expiry.schedule(next);
  }

  #changeOf(row: Row): StoreChange {
    const previous =
      row.previous === 0 ? undefined : (this.#statements.byRevision.get(row.previous) as Row | undefined);
    return {
      revision: row.revision,
      key: row.key,
      current: storedValue(row),
      previous: storedValue(previous),
    };
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync): Record<StatementName, StatementSync> {
  const newestOfEachKey = `
    FROM revisions AS r
    WHERE r.key > ? AND r.key < ?
      AND r.revision = (SELECT max(n.revision) FROM revisions AS n WHERE n.key = r.key AND n.revision <= ?)
      AND r.value IS NOT NULL`;
  const texts: Record<StatementName, string> = {
    newest: `SELECT max(ifnull((SELECT max(revision) FROM revisions), 0),
                        (SELECT value FROM facts WHERE name = 'compacted')) AS revision`,
    compacted: "SELECT value FROM facts WHERE name = 'compacted'",
    setCompacted: "UPDATE facts SET value = ? WHERE name = 'compacted'",
    current: 'SELECT * FROM revisions WHERE key = ? ORDER BY revision DESC LIMIT 1',
    byRevision: 'SELECT * FROM revisions WHERE revision = ?',
    list: `SELECT r.* ${newestOfEachKey} ORDER BY r.key LIMIT ?`,
    count: `SELECT count(*) AS count ${newestOfEachKey}`,
    insert: 'INSERT INTO revisions (revision, key, created, previous, value, expires) VALUES (?, ?, ?, ?, ?, ?)',
    since: 'SELECT * FROM revisions WHERE key >= ? AND key < ? AND revision > ? ORDER BY revision',
    forget: `DELETE FROM revisions WHERE revision <= ? AND (value IS NULL OR EXISTS (
               SELECT 1 FROM revisions AS n
               WHERE n.key = revisions.key AND n.revision > revisions.revision AND n.revision <= ?))`,
    expired: `SELECT * FROM revisions AS r WHERE r.expires <= ? AND NOT EXISTS (
                SELECT 1 FROM revisions AS n WHERE n.key = r.key AND n.revision > r.revision)`,
    nextExpiry: 'SELECT min(expires) AS at FROM revisions WHERE expires > ?',
  };
  return Object.fromEntries(Object.entries(texts).map(([name, sql]) => [name, database.prepare(sql)])) as Record<
    StatementName,
    StatementSync
  >;
}

type StatementName =
  | 'newest'
  | 'compacted'
  | 'setCompacted'
  | 'current'
  | 'byRevision'
  | 'list'
  | 'count'
  | 'insert'
  | 'since'
  | 'forget'
  | 'expired'
  | 'nextExpiry';

function storedValue(row: Row | undefined): StoredValue | undefined {
  if (!row?.value) return undefined;
  const { key, revision, created, value } = row;
  return { key, revision, created, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) };
}

const LOCKED: ReadonlySet<number> = new Set([5 /* SQLITE_BUSY */, 6 /* SQLITE_LOCKED */]);
const DAMAGED: ReadonlySet<number> = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */]);

function asStoreError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = Number(error.errcode) & 0xff;
  if (LOCKED.has(code)) return new StoreLockedError(`${file} is open in another process`, { cause: error });
  if (DAMAGED.has(code)) return new StoreDamagedError(`${file} cannot be read: ${error.message}`, { cause: error });
  return error;
}
