import { execa } from 'execa';
import { readdir, readFile, glob } from 'node:fs/promises';
import { cacheDirectory } from '../../main/clusters/home.ts';
import { baseImageDirectory } from '../../main/machines/namespace/base-image.ts';
import { linkNames } from '../../main/machines/namespace/bridge.ts';
import { bridgeName, portName } from '../../main/machines/namespace/link-names.ts';
import type { MachineName } from '../../main/machines/provider.ts';

/** Everything by which a cluster's machines are to be seen on this host. */
export interface HostTraces {
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly processes: readonly string[];
  readonly tables: readonly string[];
}

export const NO_TRACES: HostTraces = { links: [], mounts: [], cgroups: [], processes: [], tables: [] };

/** What is left of a cluster outside of its home. Others may be at work on this host: only its own names count. */
export async function hostTraces(cluster: string, nodes: readonly string[]): Promise<HostTraces> {
  const ours = [bridgeName(cluster), ...nodes.map((node) => portName(`${cluster}-${node}` as MachineName))];
  const links = await linkNames(new AbortController().signal);
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const cgroups: string[] = [];
  for await (const directory of glob(`/sys/fs/cgroup/**/${cluster}-*`)) cgroups.push(directory);
  return {
    links: ours.filter((link) => links.has(link)),
    mounts: mounts.filter((line) => line.includes(cluster)),
    cgroups,
    processes: await processesOf(cluster),
    tables: await tablesOf(cluster),
  };
}

async function processesOf(cluster: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // One that has ended and waits for the host's process 1 to notice is gone.
    const isZombie = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    if (groups.includes(`/${cluster}-`) && !isZombie) found.push(pid);
  }
  return found;
}

async function tablesOf(cluster: string): Promise<string[]> {
  // The host may have no nft of its own: the one of the base image asks the same kernel.
  const image = await baseImageDirectory(cacheDirectory(process.env));
  const { stdout } = await execa('chroot', [image, '/usr/sbin/nft', 'list', 'tables']);
  return stdout.split('\n').filter((line) => line.includes(cluster));
}
