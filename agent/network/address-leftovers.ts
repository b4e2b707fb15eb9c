import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../base/files.ts';
import { IPAM_DIRECTORY, NETWORK_NAME } from './conflist.ts';

/**
 * Gives back the addresses of sandboxes that are gone: one that was cut off while it was made or removed
 * leaves its reservation behind. host-local keeps a file per address, whose first line is the sandbox's id.
 */
export async function releaseLeftoverAddresses(
  sandboxIds: ReadonlySet<string>,
  directory = path.join(IPAM_DIRECTORY, NETWORK_NAME),
): Promise<string[]> {
  const released: string[] = [];
  for (const name of await namesIn(directory)) {
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(name)) continue;
    const file = path.join(directory, name);
    const [id = ''] = (await readFile(file, 'utf8')).split(/\r?\n/);
    if (sandboxIds.has(id.trim())) continue;
    await rm(file, { force: true });
    released.push(name);
  }
  return released;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
