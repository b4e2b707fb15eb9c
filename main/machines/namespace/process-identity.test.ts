import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { isRunning, parseIdentity, parseStat, type ProcessIdentity } from './process-identity.ts';

const LINE = '4711 (a) b (c) S 1 4711 4711 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1000 10 18446744073709551615';

test('a command name with spaces and parentheses does not shift the fields', () => {
  expect(parseStat(LINE)).toEqual({ pid: 4711, state: 'S', startTime: 98765 });
});

test.each(['', 'nonsense', '12 (cut', '12 (cut) S 1 2'])('%j is no identity', (text) => {
  expect(parseIdentity(`boot\n${text}\n`)).toBeUndefined();
});

test('a process is known by its number, its start and the boot, and only while it lives', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const stat = await readFile(`/proc/${child.pid!}/stat`, 'utf8');
  const identity: ProcessIdentity = parseIdentity(`${bootId}\n${stat}`)!;
  expect(await isRunning(identity)).toBe(true);
  expect(await isRunning({ ...identity, startTime: identity.startTime - 1 })).toBe(false);
  expect(await isRunning({ ...identity, bootId: 'another' })).toBe(false);
  child.kill('SIGKILL');
  await ended;
  expect(await isRunning(identity)).toBe(false);
});
