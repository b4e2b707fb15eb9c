import { access, mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { sleep, type Clock } from '#common/base/clock.ts';
import { isSystemError } from './system-error.ts';

/**
 * One mounted cgroup hierarchy and where this process stands in it.
 * Source: cgroups(7), /proc/self/mountinfo and /proc/self/cgroup.
 */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** Version 1: what the hierarchy is mounted for, such as `cpu`, or `name=systemd`. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  /** The cgroup of this process, as a directory. */
  readonly own: string;
}

export interface CgroupLimits {
  readonly cpus: number;
  readonly memoryBytes: number;
}

const PARENT = 'pilothouse';
const CPU_PERIOD_MICROSECONDS = 100_000;
const REMOVE_PATIENCE_MS = 5_000;

export async function readHierarchies(): Promise<readonly CgroupHierarchy[]> {
  const [mounts, own] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    readFile('/proc/self/cgroup', 'utf8'),
  ]);
  return parseHierarchies(mounts, own);
}

export function parseHierarchies(mountinfo: string, ownCgroups: string): readonly CgroupHierarchy[] {
  const own = parseOwn(ownCgroups);
  const found = new Map<string, CgroupHierarchy>();
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ');
    const [, , , root, mountPoint] = (before ?? '').split(' ');
    const [type, , options] = (after ?? '').split(' ');
    if (root === undefined || mountPoint === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    const version = type === 'cgroup' ? 1 : 2;
    const controllers = version === 2 ? [] : (options ?? '').split(',').filter((option) => own.has(option));
    const ownPath = own.get(controllers[0] ?? '');
    if ((version === 1 && controllers.length === 0) || ownPath === undefined) continue;
    // The same hierarchy may be mounted more than once: the first one serves.
    const key = controllers.join(',');
    if (found.has(key)) continue;
    const below = root !== '/' && ownPath.startsWith(root) ? ownPath.slice(root.length) : ownPath;
    found.set(key, { version, controllers, mountPoint, own: path.join(mountPoint, below) });
  }
  return [...found.values()];
}

/** `/proc/self/cgroup` by controller; version 2 under the empty name. */
function parseOwn(text: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, names, ...rest] = line.split(':');
    if (names === undefined || rest.length === 0) continue;
    for (const name of names.split(',')) own.set(name, rest.join(':'));
  }
  return own;
}

/** Whether the host has only cgroup version 2, as every current distribution. */
export function isUnified(hierarchies: readonly CgroupHierarchy[]): boolean {
  return hierarchies.every((hierarchy) => hierarchy.version === 2);
}

/**
 * Where a machine's cgroup lies in a hierarchy. In version 1 below our own cgroup, so that limits set on
 * us hold for machines too. In version 2 at the top: a cgroup that has processes, as our own, may not
 * hand controllers down (cgroups(7), "no internal processes").
 */
export function machineCgroup(
  hierarchy: CgroupHierarchy,
  hierarchies: readonly CgroupHierarchy[],
  machine: string,
): string {
  const parent = isUnified(hierarchies) ? hierarchy.mountPoint : hierarchy.own;
  return path.join(parent, PARENT, machine);
}

/** Makes the machine's cgroup in every hierarchy, with its limits. Idempotent. */
export async function makeCgroups(
  hierarchies: readonly CgroupHierarchy[],
  machine: string,
  limits: CgroupLimits,
): Promise<void> {
  for (const hierarchy of hierarchies) {
    const directory = machineCgroup(hierarchy, hierarchies, machine);
    if (isUnified(hierarchies)) await handDownControllers(hierarchy.mountPoint);
    const parent = path.dirname(directory);
    await makeBoth(parent, directory);
    // A new cpuset may hold no process until it is given CPUs and memory nodes.
    if (hierarchy.controllers.includes('cpuset')) for (const place of [parent, directory]) await inheritCpuset(place);
    if (isUnified(hierarchies)) await handDownControllers(parent);
    for (const [file, value] of limitsOf(hierarchy, isUnified(hierarchies), limits)) {
      await writeFile(path.join(directory, file), value);
    }
  }
}

/** The parent is everybody's: whoever removes the last machine of it removes it too, at any moment until ours is there. */
async function makeBoth(parent: string, directory: string): Promise<void> {
  for (;;) {
    await mkdir(parent, { recursive: true });
    try {
      await mkdir(directory);
      return;
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) return;
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
}

/** The files of a machine's cgroup that limit it, with their values. */
export function limitsOf(
  hierarchy: CgroupHierarchy,
  unified: boolean,
  { cpus, memoryBytes }: CgroupLimits,
): readonly (readonly [file: string, value: string])[] {
  const quota = Math.round(cpus * CPU_PERIOD_MICROSECONDS);
  if (unified) {
    return [
      ['cpu.max', `${quota} ${CPU_PERIOD_MICROSECONDS}`],
      ['memory.max', String(memoryBytes)],
    ];
  }
  return [
    ...(hierarchy.controllers.includes('cpu')
      ? ([
          ['cpu.cfs_period_us', String(CPU_PERIOD_MICROSECONDS)],
          ['cpu.cfs_quota_us', String(quota)],
        ] as const)
      : []),
    ...(hierarchy.controllers.includes('memory') ? ([['memory.limit_in_bytes', String(memoryBytes)]] as const) : []),
  ];
}

const WANTED_CONTROLLERS = ['cpu', 'cpuset', 'io', 'memory', 'pids'];

async function handDownControllers(directory: string): Promise<void> {
  const offered = (await readFile(path.join(directory, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const missing = WANTED_CONTROLLERS.filter((controller) => !offered.includes(controller));
  if (missing.includes('cpu') || missing.includes('memory')) {
    throw new AppError('kernel-feature-missing', { params: { feature: `cgroup ${missing.join(', ')}` } });
  }
  const wanted = WANTED_CONTROLLERS.filter((controller) => offered.includes(controller));
  await writeFile(path.join(directory, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
}

async function inheritCpuset(directory: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const current = (await readFile(path.join(directory, file), 'utf8')).trim();
    if (current !== '') continue;
    await writeFile(path.join(directory, file), await readFile(path.join(path.dirname(directory), file), 'utf8'));
  }
}

/** Every process in these cgroups and below them, from the whole host's point of view. */
async function processesIn(directories: readonly string[]): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (const directory of directories) {
    for (const place of await subtree(directory)) {
      const text = await readFile(path.join(place, 'cgroup.procs'), 'utf8').catch(() => '');
      // 0 stands for a process of a pid namespace that is not ours; to kill() it would mean ourselves.
      for (const pid of text.split('\n').map(Number)) if (pid > 0) found.add(pid);
    }
  }
  return found;
}

/**
 * Kills what is left in these cgroups and removes them. A cgroup goes away only after its last process
 * was reaped, so this tries again for a few seconds.
 */
export async function removeCgroups(directories: readonly string[], clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + REMOVE_PATIENCE_MS;
  for (;;) {
    for (const pid of await processesIn(directories)) kill(pid);
    let busy: unknown;
    for (const directory of directories) {
      for (const place of (await subtree(directory)).reverse()) {
        await rmdir(place).catch((error: unknown) => {
          if (!isSystemError(error, 'ENOENT')) busy = error;
        });
      }
    }
    if (busy === undefined) break;
    if (clock.monotonic() > deadline) throw busy as Error;
    await sleep(clock, 20, signal);
  }
  // The parent stays while other machines are in it.
  for (const directory of directories) await rmdir(path.dirname(directory)).catch(() => undefined);
}

/** The directory and all below it, parents first; nothing when it does not exist. */
async function subtree(directory: string): Promise<string[]> {
  const there = await access(directory).then(
    () => true,
    () => false,
  );
  if (!there) return [];
  const below = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    below.filter((entry) => entry.isDirectory()).map((entry) => subtree(path.join(directory, entry.name))),
  );
  return [directory, ...nested.flat()];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
