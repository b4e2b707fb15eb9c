import type { Clock } from '#common/base/clock.ts';

// Expired keys go together: nobody counts on the second, and each sweep is one transaction.
const SWEEP_GRACE_MS = 10_000;

/** Wakes once when the earliest time to live has run out, and sleeps when there is none. */
export class ExpiryTimer implements Disposable {
  readonly #clock: Clock;
  readonly #sweep: () => void;
  #due = Number.POSITIVE_INFINITY;
  #timer: Disposable | undefined;

  constructor(clock: Clock, sweep: () => void) {
    this.#clock = clock;
    this.#sweep = sweep;
  }

  /** A key expires at `at` (wall clock, milliseconds). */
  schedule(at: number): void {
    const due = at + SWEEP_GRACE_MS;
    if (due >= this.#due) return;
    this.#due = due;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#sweep();
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
