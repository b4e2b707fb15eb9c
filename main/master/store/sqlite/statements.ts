import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Statements = Readonly<Record<keyof typeof TEXTS, StatementSync>>;

const newestOfEachKey = `
  FROM revisions AS r
  WHERE r.key >= ? AND r.key < ?
    AND r.revision = (SELECT max(n.revision) FROM revisions AS n WHERE n.key = r.key AND n.revision <= ?)
    AND r.value IS NOT NULL`;

const TEXTS = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
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
  // What was replaced or deleted in a range of revisions is found from what replaced it.
  forgetReplaced: `DELETE FROM revisions WHERE revision IN (
                     SELECT previous FROM revisions WHERE revision > ? AND revision <= ?)`,
  forgetDeletions: 'DELETE FROM revisions WHERE revision > ? AND revision <= ? AND value IS NULL',
  expiring: `SELECT r.key, r.expires FROM revisions AS r WHERE r.expires IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM revisions AS n WHERE n.key = r.key AND n.revision > r.revision)`,
  pages: 'PRAGMA page_count',
  freePages: 'PRAGMA freelist_count',
} as const;

export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(TEXTS).map(([name, sql]) => [name, database.prepare(sql)]);
  return Object.fromEntries(prepared) as Statements;
}
