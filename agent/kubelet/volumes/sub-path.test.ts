import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindSubPath } from './sub-path.ts';
import { unmountBelow } from './tmpfs.ts';

let directory: string;
let volume: string;
let target: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'subpath-'));
  volume = path.join(directory, 'volume');
  target = path.join(directory, 'places/0');
  await mkdir(path.join(volume, 'sub'), { recursive: true });
  await writeFile(path.join(volume, 'sub/file'), 'inside');
  await writeFile(path.join(directory, 'secret'), 'outside');
});

afterEach(async () => {
  await unmountBelow(directory);
  await rm(directory, { recursive: true });
});

describe('a way that leads out of its volume is refused', () => {
  it.each(['/etc', '../secret', 'sub/../../secret', 'a\0'])('%j', async (subPath) => {
    await expect(bindSubPath(volume, subPath, target)).rejects.toThrow('must be a relative path');
  });

  it('also through links', async () => {
    await symlink('/etc', path.join(volume, 'absolute'));
    await symlink('../secret', path.join(volume, 'relative'));
    await expect(bindSubPath(volume, 'absolute/passwd', target)).rejects.toThrow('leads out of its volume');
    await expect(bindSubPath(volume, 'relative', target)).rejects.toThrow('leads out of its volume');
  });
});

// Mounting needs rights that not every tester has.
describe.skipIf(process.getuid?.() !== 0)('a part of a volume', () => {
  it('is mounted: a directory, a file, and one behind links that stay inside', async () => {
    await bindSubPath(volume, 'sub', target);
    expect(await readFile(path.join(target, 'file'), 'utf8')).toBe('inside');
    await bindSubPath(volume, 'sub/file', path.join(directory, 'places/1'));
    expect(await readFile(path.join(directory, 'places/1'), 'utf8')).toBe('inside');
    await symlink('sub/file', path.join(volume, 'link'));
    await bindSubPath(volume, 'link', path.join(directory, 'places/2'));
    expect(await readFile(path.join(directory, 'places/2'), 'utf8')).toBe('inside');
  });

  it('is made when it is not there', async () => {
    await bindSubPath(volume, 'new/deep', target);
    await writeFile(path.join(target, 'x'), '1');
    expect((await stat(path.join(volume, 'new/deep/x'))).isFile()).toBe(true);
  });

  it('is what it is now when a container starts anew', async () => {
    await bindSubPath(volume, 'sub/file', target);
    await rm(path.join(volume, 'sub/file'));
    await writeFile(path.join(volume, 'sub/file'), 'changed');
    await bindSubPath(volume, 'sub/file', target);
    expect(await readFile(target, 'utf8')).toBe('changed');
    await unmountBelow(directory);
    expect(await readFile(path.join(volume, 'sub/file'), 'utf8')).toBe('changed');
  });
});
