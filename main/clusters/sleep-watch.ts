import type { Clock } from '#common/base/clock.ts';

const EVERY_MS = 15_000;
/** Less than this is a busy computer, or its clock being kept right. */
const JUMP_MS = 10_000;

/**
 * Notices that this computer slept, or that its clock was set: a timer that comes at another time of day than it was
 * made for. Only Electron is told of sleep, and nobody of a clock that is set, so this looks now and then.
 */
export function watchSleep(clock: Clock, awoke: () => void): Disposable {
  let timer: Disposable;
  const wait = (): void => {
    const due = clock.now() + EVERY_MS;
    timer = clock.after(EVERY_MS, () => {
      const offMs = clock.now() - due;
      wait();
      if (Math.abs(offMs) > JUMP_MS) awoke();
    });
  };
  wait();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
