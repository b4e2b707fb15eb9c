import { readdir, readFile } from 'node:fs/promises';
import { fileSystemBytes } from './system-info.ts';

/** What is left of the resources that a node can run out of. */
export interface Headroom {
  readonly memoryBytes: number;
  /** Share of the file system that holds pods, 0 to 1. */
  readonly disk: number;
  /** Share of the process ids, 0 to 1. */
  readonly pids: number;
}

export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pids: boolean;
}

/** The kubelet's default eviction thresholds: memory.available and nodefs.available. */
export const MEMORY_THRESHOLD_BYTES = 100 * 2 ** 20;
const DISK_THRESHOLD = 0.1;
const PID_THRESHOLD = 0.05;

export function pressureOf(headroom: Headroom): Pressure {
  return {
    memory: headroom.memoryBytes < MEMORY_THRESHOLD_BYTES,
    disk: headroom.disk < DISK_THRESHOLD,
    pids: headroom.pids < PID_THRESHOLD,
  };
}

/** Measures this machine; `capacityBytes` is its memory, and `directory` lies where pods keep their files. */
export async function measureHeadroom(capacityBytes: number, directory: string): Promise<Headroom> {
  const [memoryBytes, { total, available }, pids] = await Promise.all([
    availableMemory(capacityBytes),
    fileSystemBytes(directory),
    freePids(),
  ]);
  return { memoryBytes, disk: total === 0 ? 1 : available / total, pids };
}

/** Capacity minus the working set of the machine's own cgroup; the kernel's estimate where there is no such file. */
async function availableMemory(capacityBytes: number): Promise<number> {
  const v1 = '/sys/fs/cgroup/memory';
  for (const [usageFile, statFile, inactiveKey] of [
    [`${v1}/memory.usage_in_bytes`, `${v1}/memory.stat`, 'total_inactive_file'],
    ['/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.stat', 'inactive_file'],
  ] as const) {
    const usage = await text(usageFile);
    if (usage === undefined) continue;
    const inactive = valueOf((await text(statFile)) ?? '', inactiveKey) ?? 0;
    return capacityBytes - Math.max(0, Number(usage) - inactive);
  }
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec((await text('/proc/meminfo')) ?? '')?.[1];
  return available === undefined ? capacityBytes : Math.min(capacityBytes, Number(available) * 1024);
}

/** `key value` of a cgroup's statistics. */
export function valueOf(statistics: string, key: string): number | undefined {
  const line = statistics.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return line === undefined ? undefined : Number(line.slice(key.length + 1));
}

async function freePids(): Promise<number> {
  const maximum = Number(await text('/proc/sys/kernel/pid_max'));
  if (!(maximum > 0)) return 1;
  const running = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length;
  return 1 - running / maximum;
}

async function text(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
