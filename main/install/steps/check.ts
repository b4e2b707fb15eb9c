import { AppError } from '#common/base/app-error.ts';
import { readArchitecture } from '../machine-facts.ts';
import type { NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';

const MIB = 2 ** 20;
const LEAST_MEMORY = 400 * MIB;
const LEAST_DISK = 1024 * MIB;
/** Certificates are made valid from a minute ago. */
const MOST_SKEW_SECONDS = 60;
const DISK = '/var/lib';

/** Whether the machine can become a node at all. Changes nothing on it. */
export const check: Step<NodeContext> = {
  id: 'check',
  expectedMs: 60,

  async isDone(context, signal) {
    try {
      await inspect(context, signal);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code !== 'ssh-unreachable') return false;
      throw error;
    }
  },

  async run(context, report, signal) {
    report({ line: await inspect(context, signal) });
  },
};

/** Tells what was found, in a line; fails with the first thing that is in the way. */
async function inspect(context: NodeContext, signal: AbortSignal): Promise<string> {
  const connection = await context.ssh(signal);
  const architecture = await readArchitecture(connection, signal);
  if (context.assets.nodeRuntime(architecture) === undefined) {
    throw new AppError('architecture-unsupported', { params: { architecture } });
  }
  await checkSystem(connection, signal);
  await checkClock(connection, context, signal);
  await checkDisk(connection, signal);
  const memory = await checkMemory(connection, context, signal);
  const [hostname, release] = await Promise.all(
    ['hostname', 'osrelease'].map((name) => connection.read(`/proc/sys/kernel/${name}`, signal)),
  );
  return `${hostname?.trim() ?? ''}: Linux ${release?.trim() ?? ''} on ${architecture}, ${mebibytes(memory)} of memory`;
}

/** A machine that shares the host's kernel shows the host's memory: its own share is the provider's to tell. */
async function checkMemory(connection: SshConnection, context: NodeContext, signal: AbortSignal): Promise<number> {
  const text = (await connection.read('/proc/meminfo', signal)) ?? '';
  const total = Number(/^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  const memory = Math.min(total, context.machine.memoryBytes);
  if (memory < LEAST_MEMORY) {
    throw new AppError('memory-short', { params: { available: mebibytes(memory), needed: mebibytes(LEAST_MEMORY) } });
  }
  return memory;
}

async function checkDisk(connection: SshConnection, signal: AbortSignal): Promise<void> {
  const { stdout } = await connection.run(['df', '--output=avail', '--block-size=1', DISK], { signal });
  const available = Number(stdout.trim().split('\n').at(-1));
  if (available >= LEAST_DISK) return;
  throw new AppError('disk-short', {
    params: {
      path: `${connection.target.host}:${DISK}`,
      available: mebibytes(available),
      needed: mebibytes(LEAST_DISK),
    },
  });
}

async function checkClock(connection: SshConnection, context: NodeContext, signal: AbortSignal): Promise<void> {
  const { stdout } = await connection.run(['date', '+%s'], { signal });
  const seconds = Math.round(Math.abs(Number(stdout) - context.clock.now() / 1_000));
  if (seconds > MOST_SKEW_SECONDS) {
    throw new AppError('clock-skew', { params: { host: connection.target.host, seconds } });
  }
}

/** systemd, and in the kernel what containers stand on. */
async function checkSystem(connection: SshConnection, signal: AbortSignal): Promise<void> {
  const demand = (feature: string, isThere: boolean): void => {
    if (!isThere) throw new AppError('kernel-feature-missing', { params: { feature } });
  };
  // systemctl itself is often there without systemd, as in containers.
  const { exitCode } = await connection.run(['test', '-d', '/run/systemd/system'], { signal, accept: [0, 1] });
  demand('systemd', exitCode === 0);
  const fileSystems = (await connection.read('/proc/filesystems', signal)) ?? '';
  demand('overlay', /\boverlay$/m.test(fileSystems) || (await canLoad(connection, 'overlay', signal)));
  const unified = await connection.read('/sys/fs/cgroup/cgroup.controllers', signal);
  const controllers = unified ?? enabledControllers((await connection.read('/proc/cgroups', signal)) ?? '');
  for (const name of ['cpu', 'memory', 'pids']) {
    demand(`cgroup ${name}`, controllers.trim().split(/\s+/).includes(name));
  }
}

/** Whether the kernel has it as a module. */
async function canLoad(connection: SshConnection, module: string, signal: AbortSignal): Promise<boolean> {
  const argv = ['modprobe', '--dry-run', module];
  return (await connection.run(argv, { signal, accept: [0, 1, 127] })).exitCode === 0;
}

/** The controllers of version 1 that are switched on, from the table in /proc/cgroups. */
export function enabledControllers(table: string): string {
  const rows = table.split('\n').filter((line) => !line.startsWith('#'));
  return rows
    .map((line) => line.split('\t'))
    .filter(([, , , enabled]) => enabled === '1')
    .map(([name]) => name)
    .join(' ');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
