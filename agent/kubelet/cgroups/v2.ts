import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { CgroupFiles, CgroupLimits } from './cgroup-files.ts';
import { childGroups, removeGroup } from './directories.ts';

/** cgroup version 2: one hierarchy (Documentation/admin-guide/cgroup-v2). */
export function cgroupsV2(mount: string, clock: Clock): CgroupFiles {
  return {
    version: 2,
    async apply(group, limits: CgroupLimits) {
      // A group has a controller only when every group above hands it down; systemd may have taken it back.
      let place = mount;
      for (const part of group.split('/').filter((name) => name !== '')) {
        await delegate(place);
        place = path.join(place, part);
        await mkdir(place, { recursive: true });
      }
      const { cpuShares, cpuQuotaUs, cpuPeriodUs = 100_000, memoryBytes } = limits;
      if (cpuShares !== undefined) await writeFile(path.join(place, 'cpu.weight'), String(cpuWeight(cpuShares)));
      if (cpuQuotaUs !== undefined) await writeFile(path.join(place, 'cpu.max'), `${cpuQuotaUs} ${cpuPeriodUs}`);
      if (memoryBytes !== undefined) await writeFile(path.join(place, 'memory.max'), String(memoryBytes));
    },
    remove: (group) => removeGroup(path.join(mount, group), clock),
    children: (group) => childGroups(path.join(mount, group)),
  };
}

/** The kubelet's mapping of cgroup v1 shares, 2 to 262144, to weights, 1 to 10000 (KEP-2254). */
export function cpuWeight(shares: number): number {
  return Math.trunc(1 + ((shares - 2) * 9999) / 262_142);
}

async function delegate(place: string): Promise<void> {
  const available = (await readFile(path.join(place, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const wanted = ['cpuset', 'cpu', 'io', 'memory', 'pids'].filter((name) => available.includes(name));
  if (wanted.length === 0) return;
  await writeFile(path.join(place, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
}
