import { AppError } from '#common/base/app-error.ts';

/** What is being done to a cluster: one thing at a time, and it can be interrupted. */
export class Activity {
  #current: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** Runs `work` alone. The signal aborts when it is interrupted. Busy already: throws what `refusal` gives. */
  async run<T>(refusal: () => AppError, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#current) throw refusal();
    const abort = new AbortController();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#current = { abort, ended };
    try {
      return await work(abort.signal);
    } finally {
      this.#current = undefined;
      resolve();
    }
  }

  /** Asks what is under way to stop, and waits until it has. */
  async interrupt(): Promise<void> {
    const current = this.#current;
    current?.abort.abort(new AppError('cancelled'));
    await current?.ended;
  }
}
