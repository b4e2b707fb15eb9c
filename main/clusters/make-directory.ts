import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';

/**
 * Makes a directory, and those above it, for its owner alone. Throws `home-not-writable` of `home`, to which the
 * directory belongs, where that cannot be. Made
 * one by one: Node.js itself never comes back from a file system that takes no directories, such as /proc.
 */
export async function makeDirectory(directory: string, home = directory): Promise<void> {
  const missing: string[] = [];
  let there = path.resolve(directory);
  while (!(await exists(there))) {
    missing.unshift(there);
    there = path.dirname(there);
  }
  try {
    for (const one of missing) await mkdir(one, { mode: 0o700 }).catch(unlessThere);
    if (!(await stat(directory)).isDirectory()) throw new Error('it is a file');
  } catch (error) {
    throw new AppError('home-not-writable', { params: { path: home }, cause: error });
  }
}

/** Whatever cannot be looked at is taken for being there: making it tells why it cannot be had. */
async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/** Another process may make it at the same time. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
