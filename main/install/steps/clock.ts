import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';

/** Leases, tokens and logs bear with so much. */
const TOLERATED_MS = 1_000;

/** Sets the clock of a machine that slept with this computer, and does not know yet for how long. */
export const clock: Step<NodeContext> = {
  id: 'clock',
  expectedMs: 50,

  async isDone(context, signal) {
    if (!context.setsClock) return true;
    return isRight(await readOffset(await context.ssh(signal), context.clock, signal));
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    const { offsetMs } = await readOffset(connection, context.clock, signal);
    report({ line: `Setting the clock by ${(-offsetMs / 1_000).toFixed(1)} s` });
    const seconds = (context.clock.now() / 1_000).toFixed(3);
    await connection.run(['date', '--utc', `--set=@${seconds}`], { signal });
    const after = await readOffset(connection, context.clock, signal);
    if (isRight(after)) return;
    const { host } = connection.target;
    throw new AppError('clock-skew', { params: { host, seconds: Math.round(Math.abs(after.offsetMs) / 1_000) } });
  },
};

interface Offset {
  /** How far the machine is ahead. */
  readonly offsetMs: number;
  /** The measurement may be wrong by so much either way. */
  readonly uncertaintyMs: number;
}

async function readOffset(connection: SshConnection, own: Clock, signal: AbortSignal): Promise<Offset> {
  const asked = own.now();
  const { stdout } = await connection.run(['date', '+%s.%N'], { signal });
  const uncertaintyMs = (own.now() - asked) / 2;
  return { offsetMs: Number(stdout) * 1_000 - (asked + uncertaintyMs), uncertaintyMs };
}

function isRight({ offsetMs, uncertaintyMs }: Offset): boolean {
  return Math.abs(offsetMs) <= TOLERATED_MS + Math.abs(uncertaintyMs);
}
