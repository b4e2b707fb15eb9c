import type { StoreChange } from './store.ts';

/** The live half of watching: hands each committed batch to whoever watches one of its keys. */
export class Watchers {
  readonly #watchers = new Set<{ prefix: string; listener: (changes: readonly StoreChange[]) => void }>();

  add(prefix: string, listener: (changes: readonly StoreChange[]) => void): Disposable {
    const watcher = { prefix, listener };
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  tell(changes: readonly StoreChange[]): void {
    for (const { prefix, listener } of this.#watchers) {
      const own = changes.filter((change) => change.key.startsWith(prefix));
      if (own.length > 0) listener(own);
    }
  }
}
