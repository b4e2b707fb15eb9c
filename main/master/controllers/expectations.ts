import type { Clock } from '#common/base/clock.ts';

/** An event that has not come by then was lost: better to look again than to wait for ever. */
const FORGET_AFTER_MS = 300_000;

/**
 * What a controller has written and its informer has not shown yet, by key. While anything is awaited the
 * controller must not count: it would make or delete the same things twice.
 */
export class Expectations<Key extends string> {
  readonly #clock: Clock;
  readonly #awaited = new Map<Key, { readonly uids: Set<string>; readonly since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(key: Key, uid: string): void {
    const entry = this.#awaited.get(key) ?? { uids: new Set<string>(), since: this.#clock.monotonic() };
    entry.uids.add(uid);
    this.#awaited.set(key, entry);
  }

  seen(key: Key, uid: string): void {
    const entry = this.#awaited.get(key);
    entry?.uids.delete(uid);
    if (entry?.uids.size === 0) this.#awaited.delete(key);
  }

  satisfied(key: Key): boolean {
    const entry = this.#awaited.get(key);
    return !entry || this.#clock.monotonic() - entry.since > FORGET_AFTER_MS;
  }

  forget(key: Key): void {
    this.#awaited.delete(key);
  }
}
