import { mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import { isMissing } from '../../base/files.ts';
import type { CgroupFiles, CgroupLimits } from './cgroup-files.ts';
import { childGroups, removeGroup } from './directories.ts';

/** cgroup version 1: a hierarchy per controller (Documentation/admin-guide/cgroup-v1). */
export async function cgroupsV1(mount: string, clock: Clock): Promise<CgroupFiles> {
  const hierarchies = await findHierarchies(mount);
  const set = async (group: string, controller: string, file: string, value: number | undefined): Promise<void> => {
    if (value === undefined) return;
    const target = path.join(mount, controller, group, file);
    try {
      await writeFile(target, String(value));
    } catch (error) {
      // A kernel without this controller enforces no such limit.
      if (!isMissing(error)) throw error;
    }
  };
  return {
    version: 1,
    async apply(group, limits: CgroupLimits) {
      for (const controller of ['cpu', 'memory']) {
        if (await isDirectory(path.join(mount, controller))) {
          await mkdir(path.join(mount, controller, group), { recursive: true });
        }
      }
      await set(group, 'cpu', 'cpu.shares', limits.cpuShares);
      await set(group, 'cpu', 'cpu.cfs_period_us', limits.cpuPeriodUs);
      await set(group, 'cpu', 'cpu.cfs_quota_us', limits.cpuQuotaUs);
      await set(group, 'memory', 'memory.limit_in_bytes', limits.memoryBytes);
    },
    async remove(group) {
      await Promise.all(hierarchies.map((hierarchy) => removeGroup(path.join(hierarchy, group), clock)));
    },
    async children(group) {
      const names = await Promise.all(hierarchies.map((hierarchy) => childGroups(path.join(hierarchy, group))));
      return [...new Set(names.flat())];
    },
  };
}

/** Controllers that are mounted together appear under several names: each hierarchy is counted once. */
async function findHierarchies(mount: string): Promise<string[]> {
  const places = await Promise.all((await readdir(mount)).map((name) => realpath(path.join(mount, name))));
  return [...new Set(places)];
}

async function isDirectory(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined))?.isDirectory() ?? false;
}
