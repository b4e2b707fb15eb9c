import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../base/files.ts';

export interface PayloadFile {
  readonly data: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Who owns it; root when absent. */
  readonly uid?: number;
}

/** Files by their path in the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const DATA = '..data';

/**
 * Projects files into a directory so that readers see all of one version or all of the next, never a mixture
 * (pkg/volume/util/atomic_writer.go). The files lie in `..<random>/`, `..data` is a link to it, and what the
 * user sees are links through `..data`. Returns whether anything was written. `gid` owns the files, if given.
 */
export async function writePayload(directory: string, payload: Payload, gid?: number): Promise<boolean> {
  for (const name of payload.keys()) checkPath(name);
  const current = await currentVersion(directory);
  if (current && (await isWritten(path.join(directory, current), payload))) return false;

  const version = await mkdtemp(`${directory}/..`);
  await chmod(version, 0o755);
  for (const [name, { data, mode, uid }] of payload) {
    const file = path.join(version, name);
    await makeDirectories(version, path.dirname(name));
    await writeFile(file, data);
    if (uid !== undefined || gid !== undefined) await chown(file, uid ?? 0, gid ?? 0);
    // Set apart from the writing, for the process's umask.
    await chmod(file, gid === undefined ? mode : mode | 0o040);
  }
  const link = path.join(directory, `${DATA}_tmp`);
  await rm(link, { force: true });
  await symlink(path.basename(version), link);
  await rename(link, path.join(directory, DATA));

  const visible = new Set([...payload.keys()].map((name) => name.split('/', 1)[0]!));
  for (const name of visible) await linkThroughData(directory, name);
  for (const name of await readdir(directory)) {
    const isLink = !name.startsWith('..') && !visible.has(name);
    const isOldVersion = name.startsWith('..') && name !== DATA && name !== path.basename(version);
    if (isLink || isOldVersion) await rm(path.join(directory, name), { recursive: true, force: true });
  }
  return true;
}

/** Makes the directories of a path below `root`, one by one, for each must be open to every user of the pod. */
async function makeDirectories(root: string, name: string): Promise<void> {
  let place = root;
  for (const part of name.split('/').filter((one) => one !== '.')) {
    place = path.join(place, part);
    await mkdir(place, { recursive: true });
    await chmod(place, 0o755);
  }
}

async function currentVersion(directory: string): Promise<string | undefined> {
  try {
    return await readlink(path.join(directory, DATA));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isWritten(version: string, payload: Payload): Promise<boolean> {
  const files = await filesBelow(version);
  if (files.length !== payload.size) return false;
  for (const [name, { data }] of payload) {
    if (!files.includes(name)) return false;
    if (!(await readFile(path.join(version, name))).equals(data)) return false;
  }
  return true;
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function linkThroughData(directory: string, name: string): Promise<void> {
  const link = path.join(directory, name);
  if (await lstat(link).catch(() => undefined)) return;
  await symlink(path.join(DATA, name), link);
}

function checkPath(name: string): void {
  const parts = name.split('/');
  if (
    name === '' ||
    path.isAbsolute(name) ||
    name.includes('\0') ||
    parts.some((part) => part === '..' || part === '')
  ) {
    throw new Error(`invalid path: ${JSON.stringify(name)}`);
  }
  if (parts[0]!.startsWith('..')) throw new Error(`invalid path, must not start with "..": ${JSON.stringify(name)}`);
}
