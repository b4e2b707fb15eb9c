import { AppError } from '#common/base/app-error.ts';
import { isAborted } from '#common/base/abort.ts';
import type { MachineName } from '../provider.ts';
import { changeError } from './app-errors.ts';
import type { InstanceState } from './commands.ts';
import { isFailure, MultipassFailure } from './failure.ts';
import { requireSameDriver } from './probe.ts';
import type { InstanceTools } from './tools.ts';
import { isSeen } from './wait-until-seen.ts';

/** Starts an instance of ours that does not run, whatever state it is in. */
export async function startInstance(
  tools: InstanceTools,
  cluster: string,
  name: MachineName,
  signal: AbortSignal,
): Promise<void> {
  const { commands } = tools;
  const state = await existing(tools, cluster, name, signal);
  if (state === 'Running') return;
  // The client refuses to start what it calls unknown, until it was switched off.
  if (state === 'Unknown') await commands.forceStop(name, signal);
  await andLook(tools, name, 'Running', () => commands.start(name, signal), signal);
}

/** Shuts an instance of ours down; switches it off when it cannot be asked or does not listen. */
export async function stopInstance(
  tools: InstanceTools,
  cluster: string,
  name: MachineName,
  signal: AbortSignal,
): Promise<void> {
  const { commands } = tools;
  const state = await existing(tools, cluster, name, signal);
  if (state === 'Stopped') return;
  if (state === 'Running') {
    await commands.stop(name, signal).catch((error: unknown) => {
      if (isAborted(signal) || !isFailure(error)) throw error;
    });
    if ((await commands.states(signal)).get(name) === 'Stopped') return;
  }
  await andLook(tools, name, 'Stopped', () => commands.forceStop(name, signal), signal);
}

/** Removes an instance of ours for good, wherever its making had got to. What is not ours is not touched. */
export async function deleteInstance(
  tools: InstanceTools,
  cluster: string,
  name: MachineName,
  signal: AbortSignal,
): Promise<void> {
  const { commands, records, host } = tools;
  const record = await records.read(cluster, name);
  if (!record) return;
  const patienceMs = record.phase === 'launching' ? host.timings.preparationMs : 0;
  if (await isSeen(tools, name, patienceMs, signal)) {
    await andLook(tools, name, undefined, () => commands.purge(name, signal), signal);
  } else {
    await requireSameDriver(commands, name, record.driver, signal);
  }
  await records.remove(cluster, name);
}

/** The state of an instance that must be there. Fails with `machine-missing` or `multipass-driver-changed`. */
async function existing(
  { commands, records }: InstanceTools,
  cluster: string,
  name: MachineName,
  signal: AbortSignal,
): Promise<InstanceState> {
  const record = await records.read(cluster, name);
  const missing = (): AppError => new AppError('machine-missing', { params: { machine: name } });
  if (!record) throw missing();
  const state = (await commands.states(signal)).get(name);
  if (state === undefined) {
    await requireSameDriver(commands, name, record.driver, signal);
    throw missing();
  }
  if (state === 'Deleted') throw missing();
  return state;
}

/** A command that failed may have done its work, and one that did not may have left it undone: the list tells. */
async function andLook(
  { commands }: InstanceTools,
  name: MachineName,
  wanted: InstanceState | undefined,
  change: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let failure: unknown;
  try {
    await change();
  } catch (error) {
    if (isAborted(signal) || !(error instanceof MultipassFailure)) throw error;
    failure = error;
  }
  const state = (await commands.states(signal)).get(name);
  if (state === wanted) return;
  if (failure !== undefined) throw changeError(failure, name);
  throw new AppError('machine-start-failed', { params: { machine: name }, lines: [`It is ${state ?? 'gone'}`] });
}
