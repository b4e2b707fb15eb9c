import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves as soon as `check` gives something: for what happens by itself, over real sockets. The test's
 * own time-out is the only limit, so that a slow machine never fails.
 */
export async function until<T>(check: () => T | Promise<T>): Promise<Exclude<T, undefined | null | false>> {
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>;
    await pause(2);
  }
}
