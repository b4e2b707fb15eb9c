import type { Store } from '../../main/master/store/store.ts';
import { idOf, WATCHED, type Entry } from './record.ts';

/** What was asked of the stores, over all kills. */
export interface Tally {
  kills: number;
  acknowledged: number;
  heard: number;
  compactions: number;
  /** Writes that were on disk when their writer was killed before it could know. */
  unacknowledged: number;
}

/**
 * The one history that all processes and the file must agree on. Each `check` throws what was lost, made up,
 * changed or told in the wrong order.
 */
export class History {
  readonly tally: Tally = { kills: 0, acknowledged: 0, heard: 0, compactions: 0, unacknowledged: 0 };
  /** For each watcher, the last revision that it heard of. */
  readonly heard: number[] = WATCHED.map(() => 0);
  /** What each revision wrote, as far back as anybody may ask. */
  readonly #changes = new Map<number, string>();
  readonly #current = new Map<string, string>();
  readonly #tried = new Set<string>();
  #newest = 0;
  #acknowledged = 0;

  /** Takes up what a writer noted before it was killed, and compares it with the file that it left. */
  async check(entries: readonly Entry[], store: Store): Promise<void> {
    this.tally.kills++;
    const before = this.#newest;
    for (const entry of entries) this.#take(entry);
    const heardOf = this.#newest;
    this.#compareHistory(store, before);
    this.tally.unacknowledged += this.#newest - Math.max(heardOf, before);
    this.#forget(store.compactedRevision);
    await this.#compareState(store);
  }

  #take(entry: Entry): void {
    switch (entry.type) {
      case 'try':
        this.#tried.add(`${entry.key}=${entry.id}`);
        return;
      case 'heard':
        this.#hear(entry);
        return;
      case 'done': {
        const { revision, key, id } = entry;
        expectThat(revision > this.#acknowledged, `revision ${revision} was given after ${this.#acknowledged}`);
        expectThat(
          this.#changes.get(revision) === text(key, id),
          `${revision} was done before any watcher heard of it`,
        );
        this.#acknowledged = revision;
        this.tally.acknowledged++;
        return;
      }
      case 'compacted':
        this.tally.compactions++;
        return;
      default:
        entry satisfies never;
    }
  }

  #hear({ watcher, revision, key, id }: Entry & { type: 'heard' }): void {
    this.tally.heard++;
    const last = this.heard[watcher]!;
    const name = `the watcher of ${WATCHED[watcher]}`;
    expectThat(revision > last, `${name} heard of ${revision} after ${last}`);
    expectThat(key.startsWith(WATCHED[watcher]!), `${name} heard of ${key}`);
    if (watcher === 0) {
      expectThat(revision === last + 1, `${name} heard of ${revision} after ${last}`);
      this.#add(revision, key, id);
    } else {
      for (let missed = last + 1; missed < revision; missed++) {
        const change = this.#changes.get(missed);
        expectThat(!change?.startsWith(WATCHED[watcher]!), `${name} did not hear of ${missed}`);
      }
      expectThat(this.#changes.get(revision) === text(key, id), `${name} heard something else of ${revision}`);
    }
    this.heard[watcher] = revision;
  }

  /** A revision means the same for ever. */
  #add(revision: number, key: string, id: string | undefined): void {
    const change = text(key, id);
    const known = this.#changes.get(revision);
    if (known !== undefined) {
      expectThat(known === change, `revision ${revision} was ${known} and is now ${change}`);
      return;
    }
    expectThat(revision === this.#newest + 1, `revision ${revision} came after ${this.#newest}`);
    expectThat(id === undefined || this.#tried.has(change), `${change} was never written`);
    this.#newest = revision;
    this.#changes.set(revision, change);
    if (id === undefined) this.#current.delete(key);
    else this.#current.set(key, `${revision}:${id}`);
  }

  #compareHistory(store: Store, before: number): void {
    const from = Math.max(store.compactedRevision, Math.min(before, ...this.heard));
    let last = from;
    const compare = store.watch('/', from, (changes) => {
      for (const { revision, key, current } of changes) {
        expectThat(revision === last + 1, `the file tells of ${revision} after ${last}`);
        last = revision;
        this.#add(revision, key, current && idOf(current.value));
      }
    });
    compare[Symbol.dispose]();
    expectThat(last === store.revision, `the file ends at ${store.revision}, its history at ${last}`);
    expectThat(last === this.#newest, `revisions ${last + 1} to ${this.#newest} are lost`);
  }

  async #compareState(store: Store): Promise<void> {
    const { values } = await store.list('/');
    const found = values.map(({ key, revision, value }) => `${key}=${revision}:${idOf(value)}`).sort();
    const wanted = Array.from(this.#current, ([key, value]) => `${key}=${value}`).sort();
    expectThat(found.join('\n') === wanted.join('\n'), 'the objects of the file are not those of its history');
  }

  #forget(compacted: number): void {
    for (const revision of this.#changes.keys()) {
      if (revision > Math.min(compacted, ...this.heard)) return;
      this.#changes.delete(revision);
    }
  }
}

function text(key: string, id: string | undefined): string {
  return `${key}=${id ?? 'deleted'}`;
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
