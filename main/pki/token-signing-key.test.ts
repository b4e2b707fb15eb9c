import { createPublicKey } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { openTokenKeys } from './token-signing-key.ts';

const DAY = 86_400_000;
let directory: string;
let clock: VirtualClock;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-key-'));
  clock = new VirtualClock();
});

afterEach(() => rm(directory, { recursive: true }));

const open = (where = directory) => openTokenKeys(where, clock);
const publicOf = (pem: string): string => createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
/** Makes the signing key as old as that. */
async function age(days: number): Promise<void> {
  const since = new Date(clock.now() - days * DAY);
  await utimes(path.join(directory, 'sa.key'), since, since);
}

it('is made once, for its owner alone', async () => {
  const pki = path.join(directory, 'pki');
  const first = await open(pki);
  expect(await open(pki)).toEqual(first);
  expect(first.earlier).toEqual([]);
  expect((await stat(pki)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(pki, 'sa.key'))).mode & 0o777).toBe(0o600);
});

it.each(['sa.key', 'sa-x.pub'])('is never replaced when %s cannot be read: that would end all tokens', async (name) => {
  await writeFile(path.join(directory, name), 'damaged');
  await expect(open()).rejects.toThrow();
});

describe('after a year', () => {
  it('makes way for another, and its public half is kept', async () => {
    const first = await open();
    await age(364);
    expect(await open()).toEqual(first);
    await age(365);
    const second = await open();
    expect(second.signing).not.toBe(first.signing);
    expect(second.earlier).toEqual([publicOf(first.signing)]);
    await age(366);
    const third = await open();
    expect([...third.earlier].sort()).toEqual([publicOf(first.signing), publicOf(second.signing)].sort());
    for (const name of await readdir(directory)) {
      expect((await stat(path.join(directory, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('is known once when the change was cut off in between', async () => {
    const first = await open();
    await age(365);
    await open();
    // As if the new key had not been written any more.
    await writeFile(path.join(directory, 'sa.key'), first.signing);
    await age(365);
    expect((await open()).earlier).toEqual([publicOf(first.signing)]);
  });
});
