import { sleep, type Clock } from '#common/base/clock.ts';
import type { MultipassCommands } from './commands.ts';

/**
 * An instance is in no list while its image is prepared, even when nobody waits for it any more. With the image
 * downloaded that takes seconds; a download ends together with the client that asked for it.
 */
export const PREPARATION_MS = 20_000;
const LOOK_AGAIN_MS = 1_000;

/** Whether the instance is in the list, or appears there in time. */
export async function isSeen(
  commands: MultipassCommands,
  name: string,
  patienceMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.monotonic() + patienceMs;
  while (!(await commands.states(signal)).has(name)) {
    if (clock.monotonic() >= deadline) return false;
    // The daemon tells nobody of what it does.
    await sleep(clock, LOOK_AGAIN_MS, signal);
  }
  return true;
}
