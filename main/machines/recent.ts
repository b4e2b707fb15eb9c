import type { Clock } from '#common/base/clock.ts';

interface Answer<T> {
  readonly at: number;
  readonly value: Promise<T>;
}

/** Answers that many ask for at once, asked for once: each serves for a moment, failures never. */
export class Recent<T> {
  readonly #clock: Clock;
  readonly #forMs: number;
  readonly #answers = new Map<string, Answer<T>>();

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  get(key: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#clock.monotonic();
    for (const [old, { at }] of this.#answers) if (now - at > this.#forMs) this.#answers.delete(old);
    const known = this.#answers.get(key);
    if (known) return known.value;
    const answer = { at: now, value: ask() };
    this.#answers.set(key, answer);
    answer.value.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return answer.value;
  }

  forget(key: string): void {
    this.#answers.delete(key);
  }
}
