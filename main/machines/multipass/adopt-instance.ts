import { AppError } from '#common/base/app-error.ts';
import { sleep } from '#common/base/clock.ts';
import type { MachineName } from '../provider.ts';
import type { MultipassCommands } from './commands.ts';
import { isFailure } from './failure.ts';
import type { InstanceTools } from './tools.ts';
import { MARK_FILE } from './user-data.ts';

/**
 * Whether an instance that a launch left comes up and carries our mark. One that is halted is started once.
 * Fails with `machine-name-taken` when it carries another mark.
 */
export async function adoptInstance(
  { commands, host }: InstanceTools,
  name: MachineName,
  mark: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, timings } = host;
  const deadline = clock.monotonic() + timings.adoptMs;
  let started = false;
  do {
    const state = (await commands.states(signal)).get(name);
    switch (state) {
      case undefined:
      case 'Deleted':
        return false;
      case 'Running': {
        const found = (await commands.readFile(name, MARK_FILE, signal))?.trim();
        if (found === mark) return true;
        if (found !== undefined) throw new AppError('machine-name-taken', { params: { machine: name } });
        break;
      }
      case 'Stopped':
      case 'Suspended':
      case 'Unknown':
        if (started) return false;
        started = true;
        await restart(commands, name, state === 'Unknown', signal);
        continue;
      case 'Starting':
      case 'Restarting':
      case 'Suspending':
      case 'Delayed Shutdown':
        break;
      default:
        state satisfies never;
    }
    // The mark comes with cloud-init, some time after the start.
    await sleep(clock, timings.lookAgainMs, signal);
  } while (clock.monotonic() < deadline);
  return false;
}

/** Tries; what came of it is for the next look to tell. */
async function restart(
  commands: MultipassCommands,
  name: MachineName,
  byForce: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (byForce) await commands.forceStop(name, signal);
    await commands.start(name, signal);
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
}
