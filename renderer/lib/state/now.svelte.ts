import { createSubscriber } from 'svelte/reactivity';
import { realClock } from '#common/base/clock.ts';

const SECOND = 1_000;

/**
 * The time, to the second, for whatever shows an age. It ticks only while somebody reads it and the
 * page is visible.
 */
class Now {
  #value = Date.now();
  readonly #subscribe = createSubscriber((update) => {
    let timer: Disposable | undefined;
    const tick = (): void => {
      this.#value = Date.now();
      update();
      timer = document.hidden ? undefined : realClock.after(SECOND - (this.#value % SECOND), tick);
    };
    const onVisibility = (): void => {
      timer?.[Symbol.dispose]();
      if (!document.hidden) tick();
    };
    timer = realClock.after(SECOND, tick);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      timer?.[Symbol.dispose]();
      document.removeEventListener('visibilitychange', onVisibility);
    };
  });

  /** Milliseconds since the epoch. */
  get ms(): number {
    this.#subscribe();
    return this.#value;
  }
}

export const now = new Now();
