import { execa } from 'execa';
import { glob, readFile, readdir } from 'node:fs/promises';
import { linkNames } from '../../../main/machines/namespace/bridge.ts';
import { baseImageDirectory } from '../../../main/machines/namespace/base-image.ts';
import { bridgeName, portName } from '../../../main/machines/namespace/link-names.ts';
import { parseStat } from '../../../main/machines/namespace/process-identity.ts';
import { cacheDirectory, type MachinesLab } from './lab.ts';

/** What a lab's machines are to be seen by on this host. Others may be at work on it: only our names count. */
export interface HostTraces {
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly processes: readonly string[];
  readonly rules: readonly string[];
  readonly files: readonly string[];
}

export async function hostTraces(lab: MachinesLab, nodes: readonly string[]): Promise<HostTraces> {
  const links = await linkNames(lab.signal);
  const ours = [bridgeName(lab.cluster), ...nodes.map((node) => portName(lab.machineName(node)))];
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return {
    links: ours.filter((link) => links.has(link)),
    mounts: mounts.filter((line) => line.includes(lab.stateDirectory) || line.includes(lab.cluster)),
    cgroups: await cgroupsOf(lab.cluster),
    processes: await processesOf(lab.cluster),
    rules: await tablesOf(lab.cluster),
    files: await readdir(lab.stateDirectory),
  };
}

export const noTraces: HostTraces = { links: [], mounts: [], cgroups: [], processes: [], rules: [], files: [] };

async function cgroupsOf(cluster: string): Promise<string[]> {
  const found: string[] = [];
  for await (const directory of glob(`/sys/fs/cgroup/**/${cluster}-*`)) found.push(directory);
  return found;
}

/** Without those that have ended and only wait for the host's own process 1 to notice. */
async function processesOf(cluster: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
      const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
      return groups.includes(`/${cluster}-`) && stat?.state !== 'Z' ? [pid] : [];
    }),
  );
  return found.flat();
}

/** The host may have no nft of its own: the one of the base image asks the same kernel. */
async function tablesOf(cluster: string): Promise<string[]> {
  const image = await baseImageDirectory(cacheDirectory);
  const { stdout } = await execa('chroot', [image, '/usr/sbin/nft', 'list', 'tables']);
  return stdout.split('\n').filter((line) => line.includes(cluster));
}
