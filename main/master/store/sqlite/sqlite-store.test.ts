import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { describeStore } from '../store-suite.ts';
import { StoreDamagedError, StoreLockedError, StoreVersionError } from '../store.ts';
import { SqliteStore } from './sqlite-store.ts';

/** Much is written here, to a disk that others may be using. */
const SLOW_DISK_MS = 60_000;

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
    const made: [string, typeof StoreDamagedError | typeof StoreVersionError][] = [
      ['PRAGMA application_id = 1349086319; PRAGMA user_version = 99', StoreVersionError],
      ['PRAGMA user_version = 99', StoreDamagedError],
      ['CREATE TABLE other (x)', StoreDamagedError],
    ];
    for (const [sql, error] of made) {
      const file = newFile();
      const database = new DatabaseSync(file);
      database.exec(sql);
      database.close();
      const before = readFileSync(file);
      expect(() => SqliteStore.open(file, realClock)).toThrow(error);
      expect(readFileSync(file)).toEqual(before);
    }
  });

  it(
    'finds damage in the middle of a file when it opens it, and leaves it as it is',
    async () => {
      const file = newFile();
      {
        await using store = SqliteStore.open(file, realClock);
        for (let index = 0; index < 200; index++) {
          await store.write({ key: `/${index}`, value: Buffer.alloc(1000, 'x') });
        }
      }
      const whole = readFileSync(file);
      const damages: [string, Buffer][] = [
        ['zeros', Buffer.concat([whole.subarray(0, 20_480), Buffer.alloc(40_960), whole.subarray(61_440)])],
        ['cut off', whole.subarray(0, Math.floor(whole.length / 8192) * 4096)],
        ['noise', Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(12_288, 0xa5), whole.subarray(20_480)])],
      ];
      for (const [name, bytes] of damages) {
        writeFileSync(file, bytes);
        expect(() => SqliteStore.open(file, realClock), name).toThrow(StoreDamagedError);
        expect(readFileSync(file).equals(bytes), name).toBe(true);
      }
    },
    SLOW_DISK_MS,
  );

  it('brings the tables of the first version up to date and keeps everything', async () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      CREATE TABLE revisions (
        revision INTEGER PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT NULL, previous INTEGER NOT NULL,
        value BLOB, expires INTEGER
      ) STRICT;
      CREATE UNIQUE INDEX revisions_by_key ON revisions (key, revision);
      CREATE INDEX revisions_by_expiry ON revisions (expires) WHERE expires IS NOT NULL;
      CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
      INSERT INTO facts VALUES ('compacted', 1);
      INSERT INTO revisions VALUES (1, '/a', 1, 0, x'31', NULL), (3, '/b', 3, 0, x'32', NULL), (4, '/a', 1, 1, x'33', NULL);
      PRAGMA user_version = 1;
    `);
    database.close();
    await using store = SqliteStore.open(file, realClock);
    expect(store).toMatchObject({ revision: 4, compactedRevision: 1 });
    const values = (await store.list('/')).values.map(({ key, revision, value }) => [key, revision, value.toString()]);
    expect(values).toEqual([
      ['/a', 4, '3'],
      ['/b', 3, '2'],
    ]);
    await store[Symbol.asyncDispose]();
    await using again = SqliteStore.open(file, realClock);
    expect(again.revision).toBe(4);
  });

  it('makes a backup that restores, while it goes on', async () => {
    const file = newFile();
    const copy = newFile();
    await using store = SqliteStore.open(file, realClock);
    await store.write({ key: '/a', value: Buffer.from('1') });
    await store.write({ key: '/a', value: Buffer.from('2') });
    await store.backup(copy);
    await store.write({ key: '/late', value: Buffer.from('1') });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    await expect(store.backup(copy)).rejects.toThrow('EEXIST');

    const restored = newFile();
    copyFileSync(copy, restored);
    await using second = SqliteStore.open(restored, realClock);
    expect(second.revision).toBe(2);
    expect((await second.list('/', { revision: 1 })).values.map(({ value }) => value.toString())).toEqual(['1']);
    expect(await second.write({ key: '/b', value: Buffer.from('1') })).toMatchObject({ revision: 3 });
  });

  it('lets keys expire that outlived their time while it was closed', async () => {
    const file = newFile();
    const clock = new VirtualClock();
    {
      await using store = SqliteStore.open(file, clock);
      await store.write({ key: '/event', value: Buffer.from('1'), timeToLiveMs: 60_000 });
    }
    await clock.advance(3_600_000);
    await using store = SqliteStore.open(file, clock);
    await clock.advance(20_000);
    expect(await store.get('/event')).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it(
    'stays as small as what it holds, however often that is written',
    async () => {
      const file = newFile();
      await using store = SqliteStore.open(file, realClock);
      const sizes: number[] = [];
      for (let round = 0; round < 6; round++) {
        for (let write = 0; write < 2000; write++) {
          void store.write({ key: `/${write % 50}`, value: Buffer.alloc(2000, `${round}`) });
        }
        await store.write({ key: '/last', value: Buffer.from('x') });
        await store.compact(store.revision);
        sizes.push(statSync(file).size);
        expect(statSync(`${file}-wal`).size).toBe(0);
      }
      // 51 values of at most 2,000 bytes, and what is kept free to be written next.
      expect(Math.max(...sizes)).toBeLessThan(3_000_000);
      expect((await store.list('/')).values).toHaveLength(51);
    },
    SLOW_DISK_MS,
  );

  it(
    'goes on writing between the steps of a long compaction',
    async () => {
      await using store = SqliteStore.open(newFile(), realClock);
      for (let write = 0; write < 10_000; write++) void store.write({ key: '/a', value: Buffer.from('1') });
      await store.write({ key: '/a', value: Buffer.from('1') });
      const compacting = store.compact(store.revision);
      await store.write({ key: '/b', value: Buffer.from('1') });
      expect(store.compactedRevision).toBeLessThan(10_000);
      await compacting;
      expect(store.compactedRevision).toBe(10_001);
    },
    SLOW_DISK_MS,
  );

  it(
    'is closed in the middle of a compaction without losing anything',
    async () => {
      const file = newFile();
      const store = SqliteStore.open(file, realClock);
      for (let write = 0; write < 5000; write++) void store.write({ key: `/${write % 10}`, value: Buffer.from('1') });
      await store.write({ key: '/a', value: Buffer.from('1') });
      const compacting = store.compact(store.revision);
      await store[Symbol.asyncDispose]();
      await compacting;
      await using again = SqliteStore.open(file, realClock);
      expect((await again.list('/')).values).toHaveLength(11);
      expect(again.revision).toBe(5001);
    },
    SLOW_DISK_MS,
  );

  it(
    'rejects the whole batch when it cannot be made durable, and goes on',
    async () => {
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
    },
    SLOW_DISK_MS,
  );
});
