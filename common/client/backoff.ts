import type { Random } from '#common/base/random.ts';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maximumMs: number;
  /** How much of each delay is random, 0 to 1: keeps many clients from returning at the same moment. */
  readonly jitter?: number;
}

/** Delays that double from the first to the maximum, and begin anew after `reset()`. */
export class Backoff {
  #attempt = 0;
  readonly #options: BackoffOptions;
  readonly #random: Random;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  nextMs(): number {
    const { firstMs, maximumMs, jitter = 0 } = this.#options;
    const delay = Math.min(maximumMs, firstMs * 2 ** this.#attempt);
    if (delay < maximumMs) this.#attempt++;
    return delay * (1 - jitter * this.#random.next());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
