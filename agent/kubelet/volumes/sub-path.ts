import { constants } from 'node:fs';
import { mkdir, open, realpath, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../base/command.ts';
import { isMissing } from '../../base/files.ts';
import { unmountBelow } from './tmpfs.ts';
import { VolumeError } from './volume.ts';

// Node.js does not name it: open(2), the same on all architectures that it runs on.
const O_PATH = 0o10000000;

/**
 * Gives a path inside a volume a place of its own, `target`, from which it can be mounted into a container. What
 * is in the volume is the containers' to change: links in it must not lead out, not even when they are put there
 * between the check and the mount. So the way is resolved once, then gone step by step without following links,
 * and what was reached is mounted by its open file (as pkg/volume/util/subpath does it).
 */
export async function bindSubPath(volume: string, subPath: string, target: string): Promise<void> {
  const parts = subPath.split('/').filter((part) => part !== '' && part !== '.');
  if (path.isAbsolute(subPath) || parts.includes('..') || subPath.includes('\0')) {
    throw new VolumeError(`subPath ${JSON.stringify(subPath)} must be a relative path without ".."`);
  }
  const root = await realpath(volume);
  const found = await resolve(path.join(root, ...parts));
  const steps = found === undefined ? parts : stepsBelow(root, found, subPath);
  await using handle = await walk(root, steps);
  const isDirectory = (await handle.stat()).isDirectory();
  await unmountBelow(target);
  await mkdir(isDirectory ? target : path.dirname(target), { recursive: true });
  if (!isDirectory && !(await stat(target).catch(() => undefined))) await writeFile(target, '');
  await runCommand('mount', ['--bind', `/proc/${process.pid}/fd/${handle.fd}`, target]);
}

async function resolve(place: string): Promise<string | undefined> {
  try {
    return await realpath(place);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function stepsBelow(root: string, found: string, subPath: string): string[] {
  if (found === root) return [];
  if (!found.startsWith(`${root}/`)) {
    throw new VolumeError(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
  }
  return found.slice(root.length + 1).split('/');
}

/** Opens what lies at the end of the way; directories that are missing on it are made. */
async function walk(root: string, steps: readonly string[]): Promise<FileHandle> {
  let handle = await open(root, O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY);
  for (const step of steps) {
    const place = `/proc/self/fd/${handle.fd}/${step}`;
    try {
      const next = await openStep(place);
      await handle.close();
      handle = next;
    } catch (error) {
      await handle.close();
      throw error;
    }
    if ((await handle.stat()).isSymbolicLink()) {
      await handle.close();
      throw new VolumeError(`${JSON.stringify(step)} became a link while it was looked at`);
    }
  }
  return handle;
}

async function openStep(place: string): Promise<FileHandle> {
  try {
    return await open(place, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(place, { mode: 0o755 });
    return open(place, O_PATH | constants.O_NOFOLLOW);
  }
}
