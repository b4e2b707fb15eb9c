import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Journal, type JournalEntry } from './journal.ts';

const root = await mkdtemp(path.join(tmpdir(), 'pilothouse-journal-'));
afterAll(() => rm(root, { recursive: true }));

let directories = 0;
async function fresh(): Promise<string> {
  const directory = path.join(root, String(++directories));
  await mkdir(directory);
  return directory;
}

let at = 0;
const entry = (event: JournalEntry['event'], rest: Partial<JournalEntry> = {}): JournalEntry => ({
  at: ++at,
  operation: 'create',
  event,
  ...rest,
});
const fileOf = (directory: string): string => path.join(directory, 'journal.jsonl');

it('gives back the last operation of a kind, over a restart, in the order of the calls', async () => {
  const directory = await fresh();
  const journal = new Journal(directory);
  const earlier = [entry('begin'), entry('done', { step: 'old' })];
  const last = [entry('begin'), entry('start', { step: 'a', node: 'n-1' }), entry('done', { step: 'a', node: 'n-1' })];
  const other = [entry('begin', { operation: 'delete' }), entry('end', { operation: 'delete' })];
  await Promise.all([...earlier, ...last.slice(0, 2), ...other, ...last.slice(2)].map((one) => journal.append(one)));
  const reopened = new Journal(directory);
  expect(await reopened.lastOperation('create')).toEqual(last);
  expect(await reopened.lastOperation('delete')).toEqual(other);
  expect(await reopened.lastOperation('start')).toEqual([]);
  expect((await stat(fileOf(directory))).mode & 0o777).toBe(0o600);
});

it('has nothing to tell before anything was written', async () => {
  expect(await new Journal(await fresh()).lastOperation('create')).toEqual([]);
});

// Wherever a kill cut the last line off, nothing but that line is lost: not what was before, nor what comes after.
it('loses only the line that was torn', async () => {
  const directory = await fresh();
  const whole = [entry('begin'), entry('done', { step: 'a' })];
  const torn = entry('done', { step: 'b' });
  for (const one of [...whole, torn]) await new Journal(directory).append(one);
  const text = await readFile(fileOf(directory), 'utf8');
  const lineLength = JSON.stringify(torn).length;
  for (let missing = 1; missing <= lineLength + 1; missing++) {
    await rm(fileOf(directory));
    await appendFile(fileOf(directory), text);
    await truncate(fileOf(directory), text.length - missing);
    const after = new Journal(directory);
    expect(await after.lastOperation('create')).toEqual(whole);
    const next = entry('done', { step: 'c' });
    await after.append(next);
    expect(await after.lastOperation('create')).toEqual([...whole, next]);
  }
});

it('reads around what is no entry', async () => {
  const directory = await fresh();
  const journal = new Journal(directory);
  const begin = entry('begin');
  await journal.append(begin);
  await appendFile(fileOf(directory), '\nnonsense\n{"at":"soon","operation":"create","event":"done"}\n[]\n');
  const done = entry('done', { step: 'a' });
  await journal.append(done);
  expect(await journal.lastOperation('create')).toEqual([begin, done]);
});

it('tells of an entry that it could not write, and writes the next', async () => {
  const directory = await fresh();
  const journal = new Journal(directory);
  await rm(directory, { recursive: true });
  await expect(journal.append(entry('begin'))).rejects.toThrow('ENOENT');
  await mkdir(directory);
  const begin = entry('begin');
  await journal.append(begin);
  expect(await journal.lastOperation('create')).toEqual([begin]);
});

it('keeps the last operation of each kind and the last that came to its end, however many there were', async () => {
  const directory = await fresh();
  const journal = new Journal(directory);
  const run = (operation: JournalEntry['operation'], step: string, ends: boolean): JournalEntry[] => [
    entry('begin', { operation }),
    entry('start', { operation, step }),
    ends ? entry('end', { operation }) : entry('failed', { operation, step }),
  ];
  const created = run('create', 'made', true);
  for (const one of created) await journal.append(one);
  const complete = run('start', 'complete', true);
  for (let count = 0; count < 50; count++) {
    const restarts = [...run('start', 'older', true), ...run('start', 'broken', false)];
    for (const one of restarts) await journal.append(one);
  }
  for (const one of complete) await journal.append(one);
  const last = [...run('start', 'broken', false), ...run('start', 'last', false)];
  for (const one of last) await journal.append(one);
  await journal.append(entry('begin', { operation: 'delete' }));
  const kept = (await readFile(fileOf(directory), 'utf8')).split('\n').filter((line) => line !== '');
  expect(kept.map((line) => JSON.parse(line) as JournalEntry).slice(0, -1)).toEqual([
    ...created,
    ...complete,
    ...last.slice(3),
  ]);
  expect(await journal.lastOperation('start')).toEqual(last.slice(3));
  expect(await journal.lastOperation('create')).toEqual(created);
  expect((await stat(fileOf(directory))).mode & 0o777).toBe(0o600);
});
