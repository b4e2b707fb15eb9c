import type { Clock } from '#common/base/clock.ts';

// Expired keys go together: nobody counts on the second, and each sweep is one transaction.
const SWEEP_GRACE_MS = 10_000;

/** When keys expire. Wakes once for the earliest, and sleeps when there is none. */
export class Expiry implements Disposable {
  readonly #clock: Clock;
  readonly #sweep: (keys: readonly string[]) => void;
  readonly #due = new Map<string, number>();
  #wakes = Number.POSITIVE_INFINITY;
  #timer: Disposable | undefined;
  #ended = false;

  /** `sweep` is told of the keys whose time has run out, once. */
  constructor(clock: Clock, sweep: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#sweep = sweep;
  }

  /** The key expires at `at` (wall clock, milliseconds). */
  set(key: string, at: number): void {
    if (this.#ended) return;
    this.#due.set(key, at);
    this.#wakeFor(at);
  }

  /** The key lives on, or is gone. */
  clear(key: string): void {
    if (this.#due.size > 0) this.#due.delete(key);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
  }

  #wakeFor(at: number): void {
    const wakes = at + SWEEP_GRACE_MS;
    if (wakes >= this.#wakes) return;
    this.#wakes = wakes;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(Math.max(SWEEP_GRACE_MS, wakes - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wakes = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const expired: string[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [key, at] of this.#due) {
      if (at <= now) expired.push(key);
      else next = Math.min(next, at);
    }
    for (const key of expired) this.#due.delete(key);
    if (Number.isFinite(next)) this.#wakeFor(next);
    if (expired.length > 0) this.#sweep(expired);
  }
}
