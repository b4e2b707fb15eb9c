import { AppError } from '#common/base/app-error.ts';
import { sleep } from '#common/base/clock.ts';
import { uuid } from '#common/base/random.ts';
import { generateSshKeyPair } from '../../install/ssh-key.ts';
import type { InstanceState } from './commands.ts';
import type { MachineName, MachineSpec, ReportProgress } from '../provider.ts';
import { adoptInstance } from './adopt-instance.ts';
import { launchError } from './app-errors.ts';
import { isFailure, MultipassFailure } from './failure.ts';
import { requireSameDriver } from './probe.ts';
import type { InstanceRecord } from './records.ts';
import type { InstanceTools } from './tools.ts';
import { userData } from './user-data.ts';
import { isSeen } from './wait-until-seen.ts';

/** The release that nodes run: named, as the default one changes. */
const IMAGE = '24.04';
/**
 * Sees to it that the instance is there. What an earlier attempt left is adopted when it is alive and carries
 * our mark, and removed otherwise; an instance that is not ours is never touched.
 */
export async function launchInstance(
  tools: InstanceTools,
  cluster: string,
  spec: MachineSpec,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  const { commands, records } = tools;
  const { name } = spec;
  const earlier = await records.read(cluster, name);
  const state = (await commands.states(signal)).get(name);
  if (state !== undefined) {
    if (!earlier) throw nameTaken(name, state);
    if (earlier.phase === 'ready') return;
    if (await takeUp(tools, cluster, spec, earlier, report, signal)) return;
  } else if (earlier) {
    await requireSameDriver(commands, name, earlier.driver, signal);
  }
  const record = earlier ? { ...earlier, phase: 'launching' as const } : await newRecord(tools, spec, signal);
  // Written first: whatever appears under the name from here on is ours.
  await records.write(cluster, name, record);
  try {
    await launchWithRetries(tools, spec, record, report, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof MultipassFailure)) throw error;
    const isTheirs = !earlier && isFailure(error, 'name-taken', 'busy');
    if (isTheirs || !(await cameUp(tools, spec, record, error, report, signal))) {
      // What is there but does not answer stays: the next attempt takes it up.
      if (isTheirs || !(await commands.states(signal)).has(name)) await records.remove(cluster, name);
      throw launchError(isTheirs ? asNameTaken(error) : error, spec, IMAGE);
    }
  }
  await records.write(cluster, name, { ...record, phase: 'ready' });
}

async function newRecord(
  { commands, host }: InstanceTools,
  { hostname, cpus, memoryBytes }: MachineSpec,
  signal: AbortSignal,
): Promise<InstanceRecord> {
  const driver = await commands.driver(signal);
  const hostKey = generateSshKeyPair(hostname);
  return { hostname, cpus, memoryBytes, mark: uuid(host.random), hostKey, driver, phase: 'launching' };
}

/** Adopts what a launch of ours left; true when it can serve. Otherwise it is removed. */
async function takeUp(
  tools: InstanceTools,
  cluster: string,
  spec: MachineSpec,
  record: InstanceRecord,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<boolean> {
  const { commands, records } = tools;
  const { name } = spec;
  report({ line: `Looking at what an earlier attempt left of ${name}` });
  if (await adoptInstance(tools, name, record.mark, signal)) {
    await records.write(cluster, name, { ...record, phase: 'ready' });
    return true;
  }
  report({ line: `Removing what an earlier attempt left of ${name}` });
  await commands.purge(name, signal).catch((error: unknown) => {
    if (!isFailure(error, 'not-found')) throw launchError(error, spec, IMAGE);
  });
  return false;
}

async function launchWithRetries(
  { commands, host }: InstanceTools,
  spec: MachineSpec,
  { hostKey, mark }: InstanceRecord,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  const { name, cpus, memoryBytes, diskBytes } = spec;
  const data = userData(spec, hostKey, mark);
  const options = { image: IMAGE, name, cpus, memoryBytes, diskBytes, userData: data };
  for (const pauseMs of host.timings.downloadPausesMs) {
    try {
      await commands.launch(options, report, signal);
      return;
    } catch (error) {
      if (!isFailure(error, 'download')) throw error;
      report({ line: `The download broke off; trying again in ${pauseMs / 1_000} s` });
    }
    await sleep(host.clock, pauseMs, signal);
  }
  await commands.launch(options, report, signal);
}

/** After a launch that failed: whether our instance is there all the same, and alive. Never assumed. */
async function cameUp(
  tools: InstanceTools,
  { name }: MachineSpec,
  { mark }: InstanceRecord,
  failure: MultipassFailure,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<boolean> {
  report({ line: `Looking what became of ${name}` });
  const { busyMs, preparationMs } = tools.host.timings;
  const patienceMs = failure.kind === 'busy' ? busyMs : failure.isTimeout ? preparationMs : 0;
  if (!(await isSeen(tools, name, patienceMs, signal))) return false;
  return adoptInstance(tools, name, mark, signal);
}

function nameTaken(machine: MachineName, state: InstanceState): AppError {
  const lines = [`${machine}: ${state}`];
  return new AppError('machine-name-taken', { params: { machine }, command: 'multipass list', lines });
}

function asNameTaken({ command, lines }: MultipassFailure): MultipassFailure {
  return new MultipassFailure('name-taken', command, lines);
}
