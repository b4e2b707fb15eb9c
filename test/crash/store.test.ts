import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom, type Random } from '#common/base/random.ts';
import { History } from './history.ts';
import { openCrashStore } from './open.ts';
import { entrySchema, type Entry, type WriterOptions } from './record.ts';

const KILLS = Number(process.env['PILOTHOUSE_CRASH_KILLS'] ?? 50);
const SEED = Number(process.env['PILOTHOUSE_CRASH_SEED'] ?? Date.now() % 1_000_000);

it(`loses nothing over ${KILLS} kills at random moments (PILOTHOUSE_CRASH_SEED=${SEED})`, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-crash-'));
  const random = seededRandom(SEED);
  const history = new History();
  const file = path.join(directory, 'store.db');
  try {
    for (let round = 1; round <= KILLS; round++) {
      const record = path.join(directory, `${round}.jsonl`);
      await writeUntilKilled({ file, record, seed: SEED * 1000 + round, heard: history.heard }, random);
      await using store = openCrashStore(file);
      await history.check(await readEntries(record), store);
      await rm(record, { force: true });
      if (round % 100 === 0) console.log(`${round} kills`, history.tally);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  console.log(history.tally);
  // It was not by idleness that nothing was lost.
  expect(history.tally.acknowledged).toBeGreaterThan(KILLS * 10);
  expect(history.tally.compactions).toBeGreaterThan(0);
});

/** Most are killed while they write, one in eight while it starts. */
async function writeUntilKilled(options: WriterOptions, random: Random): Promise<void> {
  const writer = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'writer.ts'), JSON.stringify(options)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(writer, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const complaints = text(writer.stderr);
  if (random.next() < 7 / 8) await Promise.race([once(writer.stdout, 'data'), exited]);
  await sleep(random.next() * 120);
  writer.kill('SIGKILL');
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself with ${code}: ${await complaints}`);
}

/** All whole lines: the last may have been cut off by the kill. */
async function readEntries(record: string): Promise<Entry[]> {
  const lines = (await readFile(record, 'utf8').catch(() => '')).split('\n');
  return lines.slice(0, -1).map((line) => entrySchema.parse(JSON.parse(line)));
}
