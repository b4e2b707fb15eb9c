import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep, type Clock } from '#common/base/clock.ts';
import { isMissing } from '../../base/files.ts';

// A group can be removed only after its last process was reaped, which takes the kernel a moment.
const ATTEMPTS = 50;
const WAIT_MS = 100;

export async function childGroups(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Removes a group's directory with all groups below it: only rmdir works on cgroup file systems. */
export async function removeGroup(directory: string, clock: Clock): Promise<void> {
  for (const child of await childGroups(directory)) await removeGroup(path.join(directory, child), clock);
  for (let attempt = 1; ; attempt++) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (attempt === ATTEMPTS) throw error;
      await sleep(clock, WAIT_MS);
    }
  }
}
