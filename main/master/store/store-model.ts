import fc from 'fast-check';
import { expect } from 'vitest';
import { CompactedError, type Revision, type Store, type StoreChange } from './store.ts';

interface Change {
  readonly revision: Revision;
  readonly key: string;
  readonly value: string | undefined;
}

type Expectation = 'any' | 'absent' | 'current' | 'stale';

export type Step =
  /** Written in one turn, so that later ones meet earlier ones that are still pending. */
  | {
      readonly do: 'write';
      readonly writes: readonly { key: string; value: string | undefined; expect: Expectation }[];
    }
  | { readonly do: 'list'; readonly prefix: string; readonly back: number; readonly limit: number }
  | { readonly do: 'watch'; readonly prefix: string; readonly back: number }
  | { readonly do: 'compact'; readonly back: number };

const key = fc.constantFrom('/a/1', '/a/2', '/a/22', '/ab/1', '/b/1', '/b/é', '/b/\u{1f600}');
const prefix = fc.constantFrom('/', '/a/', '/a/2', '/b/', '/c/');
const back = fc.nat({ max: 8 });

/** Something that is asked of a store. `back`: so many revisions before the newest. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      writes: fc.array(
        fc.record({
          key,
          value: fc.option(
            fc.string({ maxLength: 5 }).map((text) => `{${text}`),
            { nil: undefined, freq: 3 },
          ),
          expect: fc.constantFrom<Expectation>('any', 'absent', 'current', 'stale'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list' as const), prefix, back, limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix, back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back }) },
);

/** Takes the steps on the store and on a plain list of changes, and expects the same of both. */
export async function compareWithModel(store: Store, steps: readonly Step[]): Promise<void> {
  const history: Change[] = [];
  const told: { prefix: string; from: Revision; seen: Change[]; watch: Disposable }[] = [];
  let compacted = 0;

  for (const current of steps) {
    const newest = history.length;
    switch (current.do) {
      case 'write': {
        const outcomes = current.writes.map(({ key, value, expect: expectation }) => {
          const before = stateAt(history, history.length).get(key);
          const expected = { any: undefined, absent: 0, current: before?.revision ?? 0, stale: 9999 }[expectation];
          const writes =
            (expected === undefined || expected === (before?.revision ?? 0)) && (value !== undefined || before);
          if (writes) history.push({ revision: history.length + 1, key, value });
          return {
            outcome: store.write({
              key,
              value: value === undefined ? undefined : Buffer.from(value),
              ...(expected === undefined ? {} : { expect: expected }),
            }),
            revision: writes ? history.length : undefined,
          };
        });
        for (const { outcome, revision } of outcomes) {
          const result = await outcome;
          expect(result.written ? result.revision : undefined).toBe(revision);
        }
        expect(store.revision).toBe(history.length);
        break;
      }
      case 'list': {
        const revision = Math.max(0, newest - current.back);
        if (revision < compacted) {
          await expect(store.list(current.prefix, { revision })).rejects.toThrow(CompactedError);
          break;
        }
        const wanted = [...stateAt(history, revision).values()].filter((change) =>
          change.key.startsWith(current.prefix),
        );
        wanted.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
        expect(await pages(store, current.prefix, revision, current.limit)).toEqual(wanted);
        break;
      }
      case 'watch': {
        const from = Math.max(0, newest - current.back);
        const seen: Change[] = [];
        const listener = (changes: readonly StoreChange[]): void => void seen.push(...changes.map(plain));
        if (from < compacted) expect(() => store.watch(current.prefix, from, listener)).toThrow(CompactedError);
        else told.push({ prefix: current.prefix, from, seen, watch: store.watch(current.prefix, from, listener) });
        break;
      }
      case 'compact':
        compacted = Math.max(compacted, newest - current.back);
        await store.compact(newest - current.back);
        expect(store.compactedRevision).toBe(compacted);
        break;
      default:
        current satisfies never;
    }
  }
  for (const { prefix, from, seen, watch } of told) {
    watch[Symbol.dispose]();
    expect(seen).toEqual(history.filter((change) => change.revision > from && change.key.startsWith(prefix)));
  }
}

function stateAt(history: readonly Change[], revision: Revision): Map<string, Change> {
  const state = new Map<string, Change>();
  for (const change of history.slice(0, revision)) {
    if (change.value === undefined) state.delete(change.key);
    else state.set(change.key, change);
  }
  return state;
}

async function pages(store: Store, prefix: string, revision: Revision, limit: number): Promise<Change[]> {
  const found: Change[] = [];
  let expected: number | undefined;
  for (;;) {
    const after = found.at(-1)?.key;
    const page = await store.list(prefix, { revision, limit, ...(after === undefined ? {} : { after }) });
    expected ??= page.values.length + page.remaining;
    found.push(...page.values.map(({ key, value, revision }) => ({ revision, key, value: value.toString() })));
    if (page.remaining === 0) break;
  }
  expect(found).toHaveLength(expected);
  return found;
}

function plain({ revision, key, current }: StoreChange): Change {
  return { revision, key, value: current?.value.toString() };
}
