import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';

/** What Linux tells about processes (proc(5)). */

/** CPU time that all threads of a process have used, in milliseconds. */
export async function cpuTime(pid: number): Promise<number> {
  const directory = `/proc/${pid}/task`;
  const times = await Promise.all(
    (await readdir(directory)).map(async (thread) => {
      // A thread may end between the two looks.
      const text = await readFile(`${directory}/${thread}/schedstat`, 'latin1').catch(() => '0');
      return Number(text.split(' ')[0]) / 1e6;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

/** Resident memory in bytes: now, or the most since `resetPeak`. */
export async function residentMemory(pid: number, which: 'now' | 'peak' = 'now'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  const field = which === 'now' ? /^VmRSS:\s+(\d+) kB$/m : /^VmHWM:\s+(\d+) kB$/m;
  return Number(field.exec(status)![1]) * 1024;
}

export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** CPU time that everything on this machine has used, in milliseconds. */
export async function machineCpuTime(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'latin1')).split('\n');
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const ticks = user + nice + system + interrupts + softInterrupts;
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** USER_HZ, fixed on every architecture that Node.js runs on. */
const TICKS_PER_SECOND = 100;

export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** How busy it was when the bench began. */
  readonly loadAverage: number;
}

export function thisMachine(): Machine {
  return {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadAverage: Math.round(loadavg()[0]! * 100) / 100,
  };
}
