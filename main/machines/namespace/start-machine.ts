import { spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '#common/base/app-error.ts';
import { abortReason } from '#common/base/abort.ts';
import type { Clock } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import { toolEnvironment } from '../host-tool.ts';
import { machineResolverFile } from '../name-servers.ts';
import type { MachineName } from '../provider.ts';
import { bootScript, launchScript, READY_DESCRIPTOR, type BootPlan } from './boot-scripts.ts';
import type { Bridge } from './bridge.ts';
import { machineCgroup, makeCgroups, readHierarchies } from './cgroups.ts';
import { portName } from './link-names.ts';
import { clearRemains, killMachine, seeMachineUp } from './machine-process.ts';
import { writeRecord, type MachineFiles, type MachineRecord } from './state-files.ts';

const BOOT_PATIENCE_MS = 20_000;

/**
 * Starts a machine that is not up, after clearing away what its last run or an interrupted start left. Comes back when systemd has
 * taken over in it; SSH answers a moment later. From then on nothing ties the machine to this process.
 */
export async function startMachine(
  name: MachineName,
  record: MachineRecord,
  files: MachineFiles,
  bridge: Bridge,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  await killMachine(files, clock, signal);
  await clearRemains(name, files, clock, signal);
  const hierarchies = await readHierarchies();
  const plan: BootPlan = {
    hostname: record.hostname,
    address: record.address,
    bridge,
    port: portName(name),
    hierarchies,
    cgroups: hierarchies.map((hierarchy) => machineCgroup(hierarchy, hierarchies, name)),
  };
  try {
    // Written before they are made, so that they are found again whatever happens in between.
    await writeRecord(files.cgroups, plan.cgroups);
    await makeCgroups(hierarchies, name, record);
    await writeFile(path.join(files.upper, 'etc/resolv.conf'), await machineResolverFile());
    await writeFile(files.launchScript, launchScript(plan), { mode: 0o700 });
    await writeFile(files.bootScript, bootScript(plan), { mode: 0o700 });
    await rm(files.process, { force: true });
    await launch(files, clock, signal);
    await seeMachineUp(files, clock, signal);
  } catch (error) {
    const ending = new AbortController().signal;
    await killMachine(files, clock, ending);
    await clearRemains(name, files, clock, ending);
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    const printed = await readFile(files.console, 'utf8').catch(() => '');
    const lines = [...printed.split('\n').filter((line) => line !== ''), describeError(error)].slice(-20);
    throw new AppError('machine-start-failed', { params: { machine: name }, lines, cause: error });
  }
}

async function launch(files: MachineFiles, clock: Clock, signal: AbortSignal): Promise<void> {
  const console = await open(files.console, 'w', 0o600);
  try {
    const child = spawn('sh', [files.launchScript], {
      cwd: files.directory,
      env: { PATH: toolEnvironment['PATH'], LC_ALL: 'C.UTF-8' },
      // A session of its own: signals to ours, as from a terminal that closes, do not reach the machine.
      detached: true,
      stdio: ['ignore', console.fd, console.fd, 'pipe'],
    });
    child.unref();
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const ready = child.stdio[READY_DESCRIPTOR] as Readable;
    try {
      await Promise.race([failed, sawReady(ready, clock, signal)]);
    } finally {
      ready.destroy();
    }
  } finally {
    await console.close();
  }
}

/** Resolves at the first word from the machine; fails when its end of the pipe closes without one. */
function sawReady(stream: Readable, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => finish(abortReason(signal));
    const alarm = clock.after(BOOT_PATIENCE_MS, () => finish(new Error('The machine did not come up in 20 s')));
    const finish = (error?: Error): void => {
      alarm[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    stream.once('data', () => finish());
    stream.once('error', finish);
    stream.once('close', () => finish(new Error('The machine ended while it started')));
  });
}
