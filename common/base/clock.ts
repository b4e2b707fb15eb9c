import { abortReason } from './abort.ts';

/** Time as a dependency, so that back-offs, leases and time-outs can be tested on a virtual clock. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump (sleep, NTP). */
  now(): number;
  /** Milliseconds since an arbitrary origin. Never goes back. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`; disposing the result before then cancels it. */
  after(delayMs: number, task: () => void): Disposable;
}

/** A timer that is asked for more rings at once: longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number): void => {
      const part = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > part ? wait(leftMs - part) : task()), part);
    };
    wait(delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(abortReason(signal));
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
