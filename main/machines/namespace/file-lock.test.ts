import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';

let directory: string;
let file: string;
const { signal } = new AbortController();

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'file-lock-'));
  file = path.join(directory, 'below', 'lock');
});
afterEach(() => rm(directory, { recursive: true }));

test('one at a time, also when the one before failed', async () => {
  const events: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    events.push(`${name} ends`);
    if (name === 'a') throw new Error('a failed');
  };
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => withFileLock(file, signal, work(name))));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  for (let index = 0; index < events.length; index += 2) {
    expect(events[index + 1]).toBe(events[index]!.replace('begins', 'ends'));
  }
});

test('waiting for a lock can be cancelled, and is rewarded when the holder dies', async () => {
  await withFileLock(file, signal, async () => undefined);
  const holder = spawn('flock', ['--no-fork', file, 'sleep', '60'], { stdio: 'ignore' });
  const ended = once(holder, 'exit');
  await expect.poll(() => isHeld()).toBe(true);
  const cancel = new AbortController();
  const waiting = withFileLock(file, cancel.signal, async () => 'held');
  cancel.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  const rewarded = withFileLock(file, signal, async () => 'held');
  holder.kill('SIGKILL');
  await ended;
  expect(await rewarded).toBe('held');
});

async function isHeld(): Promise<boolean> {
  const probe = spawn('flock', ['--nonblock', file, 'true'], { stdio: 'ignore' });
  const [code] = (await once(probe, 'exit')) as [number];
  return code !== 0;
}
