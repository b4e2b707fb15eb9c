import type { DatabaseSync } from 'node:sqlite';
import { StoreDamagedError } from '../store.ts';

/** Grows by one with each change of the tables; a newer one than ours is refused. */
const VERSION = 1;

/**
 * One append-only table of revisions. A row is a write: its value, or nothing where the key was deleted.
 * `previous` is the revision that it replaced, so that history can be walked without searching.
 */
const TABLES = `
  CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    value BLOB,
    expires INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX revisions_by_key ON revisions (key, revision);
  CREATE INDEX revisions_by_expiry ON revisions (expires) WHERE expires IS NOT NULL;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO facts VALUES ('compacted', 0);
`;

/** Durability and a single writer first; then what bounds the file. */
export function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -8192;
  `);
}

/** Makes the tables in a new file, or checks that they are the ones we know. */
export function prepareTables(database: DatabaseSync, file: string): void {
  const row = database.prepare('PRAGMA user_version').get();
  const version = Number(row?.['user_version']);
  if (version === VERSION) return;
  if (version > VERSION) {
    throw new StoreDamagedError(`${file} was written by a newer version (format ${version}, known up to ${VERSION})`);
  }
  const others = database.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table'").get();
  if (Number(others?.['count']) > 0) throw new StoreDamagedError(`${file} is a database, but not one of ours`);
  database.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${VERSION}; COMMIT;`);
}
