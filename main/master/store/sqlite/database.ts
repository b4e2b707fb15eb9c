import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreDamagedError } from '../store.ts';
import { checkOwnership, migrate } from './schema.ts';
import { asStoreError } from './store-error.ts';

// Never open a store's file here but through SQLite: closing it again would drop this process's own lock
// (POSIX advisory locks; sqlite.org/howtocorrupt.html, 2.2).

/**
 * Opens or makes the file, and keeps every other process out of it until it is closed. Throws
 * `StoreLockedError`, `StoreDamagedError` or `StoreVersionError`, and then leaves the file as it was.
 */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (!existsSync(file)) {
      // Before SQLite does, so that nobody else can read it; the write-ahead log takes after it.
      closeSync(openSync(file, 'wx', 0o600));
    }
    if (statSync(file).size > 0) inspect(file);
    database = new DatabaseSync(file, { timeout: 0 });
    configure(database);
    migrate(database);
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw asStoreError(error, file);
  }
}

/**
 * Whether the file is whole and ours. Through a connection that cannot write: one that can would bring the
 * write-ahead log into a damaged file when it closes.
 */
function inspect(file: string): void {
  const hadSharedMemory = existsSync(`${file}-shm`);
  const database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    checkOwnership(database, file);
    // Structure only, not indexes against tables: 0.65 ms per MB of file.
    const [found] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw new StoreDamagedError(`${file} is damaged: ${String(found)}`);
  } finally {
    database.close();
    // Whoever writes alone needs no index of the log that others share.
    if (!hadSharedMemory) rmSync(`${file}-shm`, { force: true });
  }
}

/** Durability and a single writer first; then what bounds the file. */
function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -8192;
  `);
}
