/**
 * The lifetime of something that holds resources: timers, sockets, watches, background loops.
 * Everything started inside is added to it; `close()` ends all of it, last added first,
 * and resolves when nothing is left running.
 */
export class Scope implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #held = new Set<Disposable | AsyncDisposable>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #onError: (error: unknown, task: string) => void;
  #closing: Promise<void> | undefined;
  #ended = false;

  /** `onError` hears of background tasks that fail while the scope is open, and of whatever fails to end. */
  constructor(onError: (error: unknown, task: string) => void, parent?: AbortSignal) {
    this.#onError = onError;
    if (parent?.aborted) this.#controller.abort(parent.reason);
    else if (parent) {
      const follow = (): void => void this.close();
      parent.addEventListener('abort', follow, { once: true });
      this.defer(() => parent.removeEventListener('abort', follow));
    }
  }

  /** Aborts when the scope begins to close. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends `resource` with the scope, at once when that is closed already, and gives it back. */
  hold<T extends Disposable | AsyncDisposable>(resource: T): T {
    if (this.#ended) void this.#end(resource);
    else this.#held.add(resource);
    return resource;
  }

  /** Runs `end` when the scope closes. */
  defer(end: () => void | Promise<void>): void {
    this.hold({ [Symbol.asyncDispose]: async () => end() });
  }

  /** Ends `resource` now instead of with the scope. */
  async release(resource: Disposable | AsyncDisposable): Promise<void> {
    this.#held.delete(resource);
    await dispose(resource);
  }

  /** Runs a background task that must end soon after `signal` aborts. `close()` waits for it. */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return;
    const running = task(this.signal)
      .catch((error: unknown) => {
        if (!this.signal.aborted) this.#onError(error, name);
      })
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#controller.abort(new DOMException('The scope was closed', 'AbortError'));
    for (let last = [...this.#held].at(-1); last; last = [...this.#held].at(-1)) {
      this.#held.delete(last);
      await this.#end(last);
    }
    this.#ended = true;
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** What fails to end must not keep the rest from ending. */
  async #end(resource: Disposable | AsyncDisposable): Promise<void> {
    try {
      await dispose(resource);
    } catch (error) {
      this.#onError(error, 'closing');
    }
  }
}

async function dispose(resource: Disposable | AsyncDisposable): Promise<void> {
  if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
  else resource[Symbol.dispose]();
}
