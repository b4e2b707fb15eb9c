import { sleep } from '#common/base/clock.ts';
import type { InstanceTools } from './tools.ts';

/** Whether the instance is in the list, or appears there in time. */
export async function isSeen(
  { commands, host }: InstanceTools,
  name: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = host.clock.monotonic() + patienceMs;
  while (!(await commands.states(signal)).has(name)) {
    if (host.clock.monotonic() >= deadline) return false;
    // The daemon tells nobody of what it does.
    await sleep(host.clock, host.timings.lookAgainMs, signal);
  }
  return true;
}
