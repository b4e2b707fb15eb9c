import type { Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';

/** Per-key delays after failures, as client-go's default controller rate limiter. */
const FIRST_RETRY_MS = 5;
const MAXIMUM_RETRY_MS = 1_000_000;

/**
 * A queue of keys for level-driven reconciling (client-go's workqueue). A key that is added while it
 * waits is held once; one that is added while it is worked on is worked on once more afterwards,
 * never by two workers at a time. Failures come back with exponential delays of their own.
 */
export class WorkQueue<Key extends string> {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #maximumRetryMs: number;
  readonly #waiting: Key[] = [];
  readonly #dirty = new Set<Key>();
  readonly #processing = new Set<Key>();
  readonly #delayed = new Map<Key, { readonly due: number; readonly timer: Disposable }>();
  readonly #failures = new Map<Key, number>();
  #wake: (() => void)[] = [];
  #stopped = false;

  /** `maximumRetryMs` bounds the delay after failures, for work that must not stay undone for minutes. */
  constructor(clock: Clock, log: Log, maximumRetryMs = MAXIMUM_RETRY_MS) {
    this.#clock = clock;
    this.#log = log;
    this.#maximumRetryMs = maximumRetryMs;
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.#waiting.length;
  }

  add(key: Key): void {
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (this.#processing.has(key)) return;
    this.#push(key);
  }

  /** Adds the key after a delay; an earlier due time of the same key wins. */
  addAfter(key: Key, delayMs: number): void {
    // Nobody would work on it, nor end its timer.
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier) {
      if (earlier.due <= due) return;
      earlier.timer[Symbol.dispose]();
    }
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, timer });
  }

  /** How often in a row the key has failed. */
  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Works on keys until the signal aborts; resolves when every worker has finished its key. */
  async process(
    workers: number,
    reconcile: (key: Key, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = (): void => {
      for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
      this.#delayed.clear();
      for (const wake of this.#wake.splice(0)) wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.all(Array.from({ length: workers }, () => this.#work(reconcile, signal)));
    } finally {
      this.#stopped = true;
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async #work(reconcile: (key: Key, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let key = await this.#take(signal); key !== undefined; key = await this.#take(signal)) {
      this.#dirty.delete(key);
      this.#processing.add(key);
      try {
        await reconcile(key, signal);
        this.#failures.delete(key);
      } catch (error) {
        if (!signal.aborted) this.#retry(key, error);
      } finally {
        this.#processing.delete(key);
        if (this.#dirty.has(key)) this.#push(key);
      }
    }
  }

  #retry(key: Key, error: unknown): void {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    const delay = Math.min(this.#maximumRetryMs, FIRST_RETRY_MS * 2 ** Math.min(failures, 30));
    this.#log.debug('reconcile failed', { key, retryInMs: delay, error: describeError(error) });
    this.addAfter(key, delay);
  }

  #push(key: Key): void {
    this.#waiting.push(key);
    this.#wake.shift()?.();
  }

  async #take(signal: AbortSignal): Promise<Key | undefined> {
    while (this.#waiting.length === 0) {
      if (signal.aborted) return undefined;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return signal.aborted ? undefined : this.#waiting.shift();
  }
}
