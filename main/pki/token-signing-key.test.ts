import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTokenSigningKey } from './token-signing-key.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-key-'));
});

afterEach(() => rm(directory, { recursive: true }));

it('is made once, for its owner alone', async () => {
  const pki = path.join(directory, 'pki');
  const first = await openTokenSigningKey(pki);
  expect(await openTokenSigningKey(pki)).toBe(first);
  expect((await stat(pki)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(pki, 'sa.key'))).mode & 0o777).toBe(0o600);
});

it('is never replaced when it cannot be read: that would end all tokens', async () => {
  await writeFile(path.join(directory, 'sa.key'), 'damaged');
  await expect(openTokenSigningKey(directory)).rejects.toThrow();
});
