import { describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { MemoryStore } from '../../main/master/store/memory/memory-store.ts';
import { History } from './history.ts';
import { valueOf, type Entry } from './record.ts';

/** What a writer notes that writes each of the keys once. */
function entriesFor(keys: readonly string[]): Entry[] {
  return keys.flatMap((key, index): Entry[] => {
    const write = { key, id: `1-${index}`, revision: index + 1 };
    return [
      { type: 'try', id: write.id, key },
      { type: 'heard', watcher: 0, ...write },
      ...(key.startsWith('/secrets/') ? [{ type: 'heard' as const, watcher: 1, ...write }] : []),
      ...(key.startsWith('/pods/a') ? [{ type: 'heard' as const, watcher: 2, ...write }] : []),
      { type: 'done', ...write },
    ];
  });
}

const KEYS = ['/pods/a', '/secrets/a', '/pods/b', '/secrets/b'];

describe('the comparison of a crashed store with what was recorded', () => {
  const compare = async (entries: readonly Entry[], kept: readonly string[] = KEYS): Promise<void> => {
    await using store = new MemoryStore(realClock);
    for (const [index, key] of kept.entries()) await store.write({ key, value: valueOf(`1-${index}`) });
    await new History().check(entries, store);
  };
  const without = (drops: (entry: Entry) => boolean): Entry[] => entriesFor(KEYS).filter((entry) => !drops(entry));

  it('finds nothing where nothing is wrong, and takes writes that nobody was told of', async () => {
    await compare(entriesFor(KEYS));
    await compare(entriesFor(KEYS).slice(0, -2));
  });

  it.each<[string, string, () => Promise<void>]>([
    ['an acknowledged write that is lost', 'are lost', () => compare(entriesFor(KEYS), KEYS.slice(0, 3))],
    ['another value in its place', 'is now', () => compare(entriesFor(KEYS), [...KEYS.slice(0, 3), '/secrets/c'])],
    ['a revision given twice', 'was given after', () => compare([...entriesFor(KEYS), ...entriesFor(KEYS).slice(-1)])],
    [
      'a watcher of everything that missed one',
      'heard of 4 after 2',
      () => compare(without((entry) => 'revision' in entry && entry.revision === 3)),
    ],
    [
      'a watcher of a prefix that missed one',
      'did not hear of 2',
      () => compare(without((entry) => entry.type === 'heard' && entry.watcher === 1 && entry.revision === 2)),
    ],
    [
      'an answer before the watchers',
      'before any watcher',
      () => compare(entriesFor(KEYS).toSorted((a, b) => Number(b.type === 'done') - Number(a.type === 'done'))),
    ],
    [
      'a value that nobody wrote',
      'was never written',
      () => compare(without((entry) => entry.type === 'try' && entry.key === '/pods/b')),
    ],
  ])('finds %s', async (_what, words, crash) => {
    await expect(crash()).rejects.toThrow(words);
  });
});
