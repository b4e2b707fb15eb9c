import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lineLog, silentLog } from './log.ts';
import { RotatedFile } from './rotated-file.ts';
import { VirtualClock } from './virtual-clock.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-rotated-'));
  file = path.join(directory, 'app.log');
});
afterEach(() => rm(directory, { recursive: true }));

it('replaces its file when that is full, and keeps the newest of the older', async () => {
  const clock = new VirtualClock();
  {
    await using log = await RotatedFile.open(file, { limit: 1000, older: 3, clock, log: silentLog });
    for (let number = 0; number < 8; number++) {
      const line = `${number}${'x'.repeat(350)}`;
      log.write(line);
      await log.flush();
      log.write(line);
      await log.flush();
    }
    log.write('last');
    await clock.advance(1000);
    await log.flush();
    expect(await readFile(file, 'utf8')).toMatch(/last\n$/);
  }
  expect((await readdir(directory)).sort()).toEqual(['app.log', ...[1, 2, 3].map((number) => `app.log.${number}`)]);
  for (const name of await readdir(directory)) {
    const { size, mode } = await stat(path.join(directory, name));
    expect(size).toBeLessThanOrEqual(1000);
    expect(mode & 0o777).toBe(0o600);
  }
});

it('appends to what an earlier process wrote', async () => {
  for (const line of ['first', 'second']) {
    await using log = await RotatedFile.open(file, {
      limit: 1000,
      older: 3,
      clock: new VirtualClock(),
      log: silentLog,
    });
    log.write(line);
  }
  expect(await readFile(file, 'utf8')).toBe('first\nsecond\n');
});

it('writes all that came before its end, and nothing after it', async () => {
  const clock = new VirtualClock();
  const errors: string[] = [];
  const log = lineLog((line) => errors.push(line));
  const rotated = await RotatedFile.open(file, { limit: 1000, older: 3, clock, log });
  rotated.write('before');
  const disposed = rotated[Symbol.asyncDispose]();
  rotated.write('after');
  await disposed;
  await clock.advance(10_000);
  expect(await readFile(file, 'utf8')).toBe('before\n');
  expect(errors).toEqual([]);
});
