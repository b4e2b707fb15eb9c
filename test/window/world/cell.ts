/** A value that streams follow: told at once, and at every change. */
export class Cell<T> {
  #value: T;
  readonly #followers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const follower of this.#followers) follower(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Resolves when the signal aborts. */
  async follow(follower: (value: T) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    follower(this.#value);
    this.#followers.add(follower);
    await new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          this.#followers.delete(follower);
          resolve();
        },
        { once: true },
      );
    });
  }
}
