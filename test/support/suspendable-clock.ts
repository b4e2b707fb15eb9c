import type { Clock } from '#common/base/clock.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';

/** The virtual clock of a process that is stopped now and then: meanwhile time passes, and no alarm rings. */
export class SuspendableClock implements Clock {
  readonly #running = new VirtualClock();
  #suspendedMs = 0;

  now(): number {
    return this.#running.now() + this.#suspendedMs;
  }

  monotonic(): number {
    return this.#running.monotonic() + this.#suspendedMs;
  }

  after(delayMs: number, task: () => void): Disposable {
    return this.#running.after(delayMs, task);
  }

  /** Lets time pass while the process runs. */
  advance(byMs: number): Promise<void> {
    return this.#running.advance(byMs);
  }

  suspend(forMs: number): void {
    this.#suspendedMs += forMs;
  }
}
