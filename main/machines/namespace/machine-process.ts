import { readFile } from 'node:fs/promises';
import { sleep, type Clock } from '#common/base/clock.ts';
import type { MachineName } from '../provider.ts';
import { removeLink } from './bridge.ts';
import { machineCgroup, readHierarchies, removeCgroups } from './cgroups.ts';
import { portName } from './link-names.ts';
import { isRunning, parseIdentity, type ProcessIdentity } from './process-identity.ts';
import { readCgroups, type MachineFiles } from './state-files.ts';
import { isSystemError } from './system-error.ts';

/** SIGRTMIN+3, which asks systemd to stop all units and end (systemd(1), "Signals"). */
const HALT_SIGNAL = 37;
const HALT_PATIENCE_MS = 15_000;
const ASK_AGAIN_MS = 1_000;
const LOOK_AGAIN_MS = 20;

/** What runs as process 1 of a machine until systemd takes over, by the names in /proc/pid/comm. */
const BOOT_PROGRAMS: ReadonlySet<string> = new Set(['sh', 'env']);
const TAKEOVER_PATIENCE_MS = 5_000;

/** Whether the machine runs, with systemd in charge of it. Asks the kernel, never a memory. */
export async function isMachineUp(files: MachineFiles): Promise<boolean> {
  const identity = await firstProcess(files);
  if (!identity) return false;
  const program = await readFile(`/proc/${identity.pid}/comm`, 'utf8').catch(() => 'sh');
  return !BOOT_PROGRAMS.has(program.trim());
}

/** Waits for the moment between a machine's word that it is complete and systemd's taking over. */
export async function seeMachineUp(files: MachineFiles, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + TAKEOVER_PATIENCE_MS;
  while (!(await isMachineUp(files))) {
    if (!(await firstProcess(files))) throw new Error('The first process of the machine ended');
    if (clock.monotonic() > deadline) throw new Error('systemd did not take over');
    await sleep(clock, LOOK_AGAIN_MS / 4, signal);
  }
}

/** Asks the machine to shut down, and ends it by force when it has not after 15 s. */
export async function haltMachine(files: MachineFiles, clock: Clock, signal: AbortSignal): Promise<void> {
  const identity = await firstProcess(files);
  if (identity && (await isMachineUp(files))) {
    const deadline = clock.monotonic() + HALT_PATIENCE_MS;
    do {
      // systemd does not listen yet when it has only just begun, and minds no second word.
      send(identity.pid, HALT_SIGNAL);
    } while (!(await hasEnded(identity, ASK_AGAIN_MS, clock, signal)) && clock.monotonic() < deadline);
  }
  await killMachine(files, clock, signal);
}

/** Ends the machine at once: with its first process the kernel ends every other one in it. */
export async function killMachine(files: MachineFiles, clock: Clock, signal: AbortSignal): Promise<void> {
  const identity = await firstProcess(files);
  if (!identity) return;
  send(identity.pid, 'SIGKILL');
  await hasEnded(identity, HALT_PATIENCE_MS, clock, signal);
}

/** Removes what a machine that ended, or was cut off while it started, left on the host. */
export async function clearRemains(
  name: MachineName,
  files: MachineFiles,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const hierarchies = await readHierarchies();
  const ours = hierarchies.map((hierarchy) => machineCgroup(hierarchy, hierarchies, name));
  // An app that was started elsewhere had its machines elsewhere: it wrote down where. That note may be lost.
  const noted = await readCgroups(files.cgroups).catch(() => undefined);
  await removeCgroups([...new Set([...(noted ?? []), ...ours])], clock, signal);
  await removeLink(portName(name), signal);
}

async function firstProcess(files: MachineFiles): Promise<ProcessIdentity | undefined> {
  const identity = parseIdentity(await readFile(files.process, 'utf8').catch(() => ''));
  return identity && (await isRunning(identity)) ? identity : undefined;
}

async function hasEnded(
  identity: ProcessIdentity,
  patienceMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.monotonic() + patienceMs;
  // The kernel tells only a parent when a process ends, and this one has none of ours.
  while (await isRunning(identity)) {
    if (clock.monotonic() > deadline) return false;
    await sleep(clock, LOOK_AGAIN_MS, signal);
  }
  return true;
}

function send(pid: number, signal: number | NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
