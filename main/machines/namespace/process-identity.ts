import { readFile } from 'node:fs/promises';

/**
 * One process of one boot of this host. A process number alone is no identity: it is used again.
 * Source: proc(5), /proc/pid/stat field 22 and /proc/sys/kernel/random/boot_id.
 */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** In clock ticks since boot. */
  readonly startTime: number;
}

interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly startTime: number;
}

/** Reads one line of /proc/pid/stat; undefined when it is none. */
export function parseStat(line: string): ProcessStat | undefined {
  // The command's name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line
    .slice(nameEnd + 1)
    .trim()
    .split(' ');
  const startTime = Number(fields[19]);
  if (nameEnd < 0 || !Number.isInteger(pid) || !Number.isInteger(startTime)) return undefined;
  return { pid, state: fields[0] ?? '', startTime };
}

/** Reads what a machine's first process wrote of itself: the boot id, then its line of /proc/pid/stat. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [bootId, line] = text.split('\n');
  const stat = parseStat(line ?? '');
  return bootId && stat ? { bootId, pid: stat.pid, startTime: stat.startTime } : undefined;
}

/** Whether that very process still runs; one that ended and only waits to be reaped does not. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  if (bootId !== identity.bootId) return false;
  const stat = parseStat(await readFile(`/proc/${identity.pid}/stat`, 'utf8').catch(() => ''));
  return stat !== undefined && stat.startTime === identity.startTime && stat.state !== 'Z' && stat.state !== 'X';
}
