import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { compareWithModel, step } from './store-model.ts';
import { CompactedError, FutureRevisionError, type Store, type StoreChange, type WriteOutcome } from './store.ts';

/** Every step waits for the disk, which others may be using. */
const SLOW_DISK_MS = 60_000;

/** What every implementation of `Store` must do. */
export function describeStore(name: string, open: (clock: VirtualClock) => Store): void {
  describe(name, () => {
    const clock = new VirtualClock();
    const opened: Store[] = [];
    const fresh = (): Store => {
      const store = open(clock);
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
    });

    const put = (store: Store, key: string, value: string, expect?: number): Promise<WriteOutcome> =>
      store.write({ key, value: Buffer.from(value), ...(expect === undefined ? {} : { expect }) });
    const texts = (values: readonly { key: string; value: Buffer }[]): string[] =>
      values.map((value) => `${value.key}=${value.value.toString()}`);

    it('gives every write a revision of its own', async () => {
      const store = fresh();
      const outcomes = await Promise.all([put(store, '/a', '1'), put(store, '/b', '2'), put(store, '/a', '3')]);
      expect(outcomes).toMatchObject([{ revision: 1 }, { revision: 2 }, { revision: 3, previous: { revision: 1 } }]);
      expect(await store.get('/a')).toMatchObject({ revision: 3, created: 1 });
      expect(store.revision).toBe(3);
    });

    it('writes only what was expected, also against writes that are still pending', async () => {
      const store = fresh();
      const [first, second] = await Promise.all([put(store, '/a', '1', 0), put(store, '/a', '2', 0)]);
      expect(first).toMatchObject({ written: true, revision: 1 });
      expect(second).toMatchObject({ written: false, current: { revision: 1 } });
      expect(await put(store, '/a', '3', 1)).toMatchObject({ written: true, revision: 2 });
      expect(await put(store, '/a', '4', 1)).toMatchObject({ written: false });
      expect(store.revision).toBe(2);
    });

    it('shows nothing before it is durable', async () => {
      const store = fresh();
      const seen: StoreChange[] = [];
      using _watch = store.watch('/', 0, (changes) => seen.push(...changes));
      const writing = put(store, '/a', '1');
      expect(store.revision).toBe(0);
      expect(seen).toEqual([]);
      await writing;
      expect(seen).toHaveLength(1);
    });

    it('deletes, and makes anew', async () => {
      const store = fresh();
      await put(store, '/a', '1');
      expect(await store.write({ key: '/a', value: undefined, expect: 1 })).toMatchObject({
        written: true,
        revision: 2,
      });
      expect(await store.get('/a')).toBeUndefined();
      expect(await store.write({ key: '/a', value: undefined })).toMatchObject({ written: false });
      await put(store, '/a', '2', 0);
      expect(await store.get('/a')).toMatchObject({ revision: 3, created: 3 });
    });

    it('lists a prefix in order, page by page, as it was at a revision', async () => {
      const store = fresh();
      for (const key of ['/pods/b', '/pods/a', '/pods/c', '/podsx/a', '/node/a']) await put(store, key, key);
      await put(store, '/pods/a', 'new');
      await store.write({ key: '/pods/b', value: undefined });
      expect(texts((await store.list('/pods/')).values)).toEqual(['/pods/a=new', '/pods/c=/pods/c']);
      const page = await store.list('/pods/', { revision: 5, limit: 2 });
      expect(texts(page.values)).toEqual(['/pods/a=/pods/a', '/pods/b=/pods/b']);
      expect(page.remaining).toBe(1);
      const rest = await store.list('/pods/', { revision: 5, limit: 2, after: '/pods/b' });
      expect(texts(rest.values)).toEqual(['/pods/c=/pods/c']);
      expect(rest.remaining).toBe(0);
      await expect(store.list('/pods/', { revision: 99 })).rejects.toThrow(FutureRevisionError);
    });

    it('tells watchers of the past, then of the present, each change once and in order', async () => {
      const store = fresh();
      await put(store, '/a/1', 'x');
      await put(store, '/b/1', 'x');
      await put(store, '/a/1', 'y');
      const seen: string[] = [];
      const watch = store.watch('/a/', 1, (changes) => {
        for (const { revision, current, previous } of changes) {
          seen.push(`${revision}:${previous?.value.toString() ?? '-'}>${current?.value.toString() ?? '-'}`);
        }
      });
      await Promise.all([put(store, '/a/2', 'z'), put(store, '/b/2', 'z')]);
      await store.write({ key: '/a/1', value: undefined });
      watch[Symbol.dispose]();
      await put(store, '/a/3', 'late');
      expect(seen).toEqual(['3:x>y', '4:->z', '6:y>-']);
    });

    it('forgets the past when compacted, never the present', async () => {
      const store = fresh();
      await put(store, '/a', '1');
      await put(store, '/a', '2');
      await put(store, '/b', '1');
      await store.write({ key: '/b', value: undefined });
      await store.compact(3);
      expect(store.compactedRevision).toBe(3);
      expect(texts((await store.list('/', { revision: 3 })).values)).toEqual(['/a=2', '/b=1']);
      await expect(store.list('/', { revision: 2 })).rejects.toThrow(CompactedError);
      expect(() => store.watch('/', 2, () => {})).toThrow(CompactedError);
      const seen: StoreChange[] = [];
      store.watch('/', 3, (changes) => seen.push(...changes))[Symbol.dispose]();
      expect(seen).toMatchObject([{ revision: 4, key: '/b', previous: { revision: 3 } }]);
      await store.compact(99);
      expect(store.compactedRevision).toBe(4);
      expect(await put(store, '/c', '1')).toMatchObject({ revision: 5 });
    });

    it('deletes by itself what has outlived its time, unless it was written again', async () => {
      const store = fresh();
      await store.write({ key: '/short', value: Buffer.from('1'), timeToLiveMs: 60_000 });
      await store.write({ key: '/kept', value: Buffer.from('1'), timeToLiveMs: 60_000 });
      await put(store, '/kept', '2');
      const deleted: string[] = [];
      using _watch = store.watch('/', store.revision, (changes) => deleted.push(...changes.map(({ key }) => key)));
      await clock.advance(59_000);
      expect(deleted).toEqual([]);
      await clock.advance(20_000);
      expect(deleted).toEqual(['/short']);
      expect(await store.get('/kept')).toBeDefined();
      expect(clock.pending).toBe(0);
    });

    it(
      'does what a list of all changes would do, whatever is asked in whatever order',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
            const store = open(clock);
            try {
              await compareWithModel(store, steps);
            } finally {
              await store[Symbol.asyncDispose]();
            }
          }),
          { numRuns: 40, seed: 20260101 },
        );
      },
      SLOW_DISK_MS,
    );
  });
}
