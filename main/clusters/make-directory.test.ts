import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'pilothouse-directory-'));
});
afterEach(() => rm(root, { recursive: true }));

it('makes all that is missing, for its owner alone, and leaves what is there', async () => {
  const inner = path.join(root, 'a/b/c');
  await makeDirectory(inner);
  await Promise.all([
    makeDirectory(inner),
    makeDirectory(path.join(root, 'a/x')),
    makeDirectory(path.join(root, 'a/x')),
  ]);
  for (const name of ['a', 'a/b', 'a/b/c', 'a/x']) {
    expect((await stat(path.join(root, name))).mode & 0o777).toBe(0o700);
  }
});

it('tells of what cannot be', async () => {
  await writeFile(path.join(root, 'file'), '');
  for (const directory of [path.join(root, 'file'), path.join(root, 'file/inside/it')]) {
    await expect(makeDirectory(directory)).rejects.toMatchObject({
      code: 'home-not-writable',
      params: { path: directory },
    });
  }
});

it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y'])('comes back from %s', async (directory) => {
  await expect(makeDirectory(directory)).rejects.toMatchObject({ code: 'home-not-writable' });
});
