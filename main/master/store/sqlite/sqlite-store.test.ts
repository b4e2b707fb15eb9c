import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { describeStore } from '../store-suite.ts';
import { StoreDamagedError, StoreLockedError } from '../store.ts';
import { SqliteStore } from './sqlite-store.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pilothouse-store-'));
let files = 0;
const newFile = (): string => path.join(directory, `${++files}.db`);

afterAll(() => rmSync(directory, { recursive: true }));

describeStore('the SQLite store', (clock) => SqliteStore.open(newFile(), clock));

describe('the SQLite file', () => {
  it('keeps everything over a restart', async () => {
    const file = newFile();
    const first = SqliteStore.open(file, realClock);
    await first.write({ key: '/a', value: Buffer.from('1') });
    await first.write({ key: '/b', value: Buffer.from('1') });
    await first.write({ key: '/b', value: undefined });
    await first.compact(1);
    await first[Symbol.asyncDispose]();
    await using second = SqliteStore.open(file, realClock);
    expect(second.revision).toBe(3);
    expect(second.compactedRevision).toBe(1);
    expect((await second.list('/')).values).toMatchObject([{ key: '/a', revision: 1 }]);
  });

  it('has one writer', async () => {
    const file = newFile();
    await using _first = SqliteStore.open(file, realClock);
    expect(() => SqliteStore.open(file, realClock)).toThrow(StoreLockedError);
  });

  it('leaves a damaged file as it is', () => {
    const file = newFile();
    writeFileSync(file, 'this is no database, and long enough not to be taken for an empty one');
    const before = readFileSync(file);
    expect(() => SqliteStore.open(file, realClock)).toThrow(StoreDamagedError);
    expect(readFileSync(file)).toEqual(before);
  });

  it('refuses a file of a newer version, and one that is not ours', () => {
    for (const sql of ['PRAGMA user_version = 99', 'CREATE TABLE other (x)']) {
      const file = newFile();
      const database = new DatabaseSync(file);
      database.exec(sql);
      database.close();
      expect(() => SqliteStore.open(file, realClock)).toThrow(StoreDamagedError);
    }
  });

  it('rejects the whole batch when it cannot be made durable, and goes on', async () => {
    const file = newFile();
    await using store = SqliteStore.open(file, realClock);
    await store.write({ key: '/a', value: Buffer.from('1') });
    const tooBig = Buffer.alloc(1_100_000_000);
    const outcomes = await Promise.allSettled([
      store.write({ key: '/b', value: Buffer.from('1') }),
      store.write({ key: '/c', value: tooBig }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(store.revision).toBe(1);
    expect(await store.write({ key: '/b', value: Buffer.from('1') })).toMatchObject({ revision: 2 });
  });
});
