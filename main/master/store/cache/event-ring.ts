import type { Revision } from '../store.ts';
import type { CachedObject } from './cached-object.ts';

/** A change to one object of a collection. `current` is absent when it was deleted. */
export interface ObjectChange {
  readonly revision: Revision;
  readonly current: CachedObject | undefined;
  /** The last version before; for a deletion, with the deletion's resourceVersion in its bytes. */
  readonly previous: CachedObject | undefined;
}

/** Older changes are read from the store, which keeps them longer. */
const CAPACITY = 1024;

/** The newest changes of a collection, for watchers that resume. Oldest fall out. */
export class EventRing {
  #changes: ObjectChange[] = [];
  /** Everything after this revision is still held. */
  #since: Revision;

  constructor(since: Revision) {
    this.#since = since;
  }

  add(change: ObjectChange): void {
    this.#changes.push(change);
    if (this.#changes.length < 2 * CAPACITY) return;
    // Moved in one go, so that each change costs the same on average.
    const dropped = this.#changes.length - CAPACITY;
    this.#since = this.#changes[dropped - 1]!.revision;
    this.#changes = this.#changes.slice(dropped);
  }

  /** What happened after `revision`, or nothing when that is no longer held. */
  after(revision: Revision): readonly ObjectChange[] | undefined {
    if (revision < this.#since) return undefined;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#changes[middle]!.revision > revision) high = middle;
      else low = middle + 1;
    }
    return this.#changes.slice(low);
  }

  /** The revision of the last change, or of the beginning. */
  get newest(): Revision {
    return this.#changes.at(-1)?.revision ?? this.#since;
  }
}
