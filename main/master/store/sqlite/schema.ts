import type { DatabaseSync } from 'node:sqlite';
import { StoreDamagedError, StoreVersionError } from '../store.ts';

/** Tells our files from other databases ("Pilo"; sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x50696c6f;

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

/** The steps from each version of the tables to the next; the first makes them. */
const STEPS: readonly string[] = [TABLES, `PRAGMA application_id = ${APPLICATION_ID};`];

/** Throws unless the file is empty or one of ours that we can read. Changes nothing. */
export function checkOwnership(database: DatabaseSync, file: string): void {
  const version = numberOf(database, 'PRAGMA user_version');
  const application = numberOf(database, 'PRAGMA application_id');
  const tables = numberOf(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
  // The first version did not say yet whose it is.
  const ours = version === 0 ? tables === 0 : application === APPLICATION_ID || (application === 0 && version === 1);
  if (!ours) throw new StoreDamagedError(`${file} is a database, but not one of ours`);
  if (version > STEPS.length) {
    throw new StoreVersionError(
      `${file} was written by a newer version (format ${version}, known up to ${STEPS.length})`,
    );
  }
}

/** Makes the tables, or brings older ones up to date: all of it or nothing. */
export function migrate(database: DatabaseSync): void {
  const version = numberOf(database, 'PRAGMA user_version');
  if (version === STEPS.length) return;
  database.exec(`BEGIN IMMEDIATE; ${STEPS.slice(version).join('\n')} PRAGMA user_version = ${STEPS.length}; COMMIT;`);
}

/** The one number that a statement answers with. */
function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}
