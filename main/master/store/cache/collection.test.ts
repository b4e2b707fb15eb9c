import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { CompactedError } from '../store.ts';
import { typePrefix } from './cached-object.ts';
import { Collection, type ObjectPage } from './collection.ts';
import type { ObjectChange } from './event-ring.ts';

const PREFIX = '/registry/things/';
const TYPE = typePrefix('v1', 'Thing');
const json = (name: string, data = ''): string => `${TYPE}"name":"${name}"},"data":"${data}"}`;
const dataOf = (object: { value: object } | undefined): unknown =>
  (object?.value as { data?: string } | undefined)?.data;
const names = ({ objects }: Pick<ObjectPage, 'objects'>): string[] =>
  objects.map(({ key }) => key.slice(PREFIX.length));

let store: MemoryStore;
let collection: Collection;
beforeEach(async () => {
  store = new MemoryStore(new VirtualClock());
  collection = await Collection.load(store, PREFIX, TYPE);
});
afterEach(async () => {
  collection[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const put = (name: string, data = ''): ReturnType<Collection['write']> => collection.write(name, json(name, data), {});

describe('a collection', () => {
  it('holds what the store has, from the beginning and from then on', async () => {
    await put('n/a');
    await store.write({ key: `${PREFIX}n/b`, value: Buffer.from(json('b', 'by another')) });
    await store.write({ key: '/registry/thingsx/c', value: Buffer.from(json('c')) });
    expect(collection.size).toBe(2);
    expect(dataOf(collection.get('n/b'))).toBe('by another');
    using again = await Collection.load(store, PREFIX, TYPE);
    expect(Array.from(again.under(), ({ key }) => key)).toEqual([`${PREFIX}n/a`, `${PREFIX}n/b`]);
    expect(again.get('n/a')!.bytes.equals(collection.get('n/a')!.bytes)).toBe(true);
  });

  it('shows a write before its writer hears of it', async () => {
    const result = await put('n/a', '1');
    expect(result).toMatchObject({ written: true, revision: 1 });
    expect(result.written && result.object).toBe(collection.get('n/a'));
  });

  it('gives each writer the version that it wrote, also when another followed at once', async () => {
    const [first, second] = await Promise.all([put('n/a', '1'), put('n/a', '2')]);
    expect(first.written && dataOf(first.object)).toBe('1');
    expect(second.written && dataOf(second.object)).toBe('2');
    expect(first.written && second.written && first.object!.created === second.object!.created).toBe(true);
  });

  it('tells who lost a race what is there', async () => {
    await put('n/a', '1');
    const lost = await collection.write('n/a', json('n/a', '2'), { expect: 0 });
    expect(lost.written).toBe(false);
    expect(lost.written ? undefined : lost.current?.revision).toBe(1);
    expect(await collection.write('n/zz', undefined, {})).toEqual({ written: false, current: undefined });
  });

  it('walks a part of its names in order', async () => {
    for (const name of ['n/c', 'm/z', 'n/a', 'na/x', 'n/b']) await put(name);
    await collection.write('n/b', undefined, {});
    const under = (prefix: string): string[] => names({ objects: Array.from(collection.under(prefix)) });
    expect(under('n/')).toEqual(['n/a', 'n/c']);
    expect(under('')).toEqual(['m/z', 'n/a', 'n/c', 'na/x']);
    expect(under('zz/')).toEqual([]);
  });
});

describe('a page of a collection', () => {
  it('is the same from memory and from the past', async () => {
    for (const name of ['m/a', 'n/a', 'n/b', 'n/c', 'o/a']) await put(name, 'then');
    const revision = store.revision;
    const ask = async (): Promise<unknown[]> => {
      const pages = [
        await collection.page('n/', revision, '', 2),
        await collection.page('n/', revision, 'n/b', 2),
        await collection.page('', revision, 'n/c', 10),
        await collection.page('n/', revision, 'm/', 10),
        await collection.page('n/', revision, 'z', 10),
      ];
      return pages.map((page) => [names(page), page.remaining, page.objects.map(dataOf)]);
    };
    const now = await ask();
    expect(now).toEqual([
      [['n/a', 'n/b'], 1, ['then', 'then']],
      [['n/c'], 0, ['then']],
      [['o/a'], 0, ['then']],
      [['n/a', 'n/b', 'n/c'], 0, ['then', 'then', 'then']],
      [[], 0, []],
    ]);
    await put('n/a', 'now');
    await put('n/aa');
    await collection.write('n/c', undefined, {});
    expect(await ask()).toEqual(now);
  });

  it('of a forgotten past is none', async () => {
    await put('n/a');
    await put('n/b');
    await store.compact(2);
    await put('n/c');
    await expect(collection.page('', 1, '', 5)).rejects.toThrow(CompactedError);
  });
});

describe('changes of a collection', () => {
  const text = ({ revision, previous, current }: ObjectChange): string =>
    `${revision}:${String(dataOf(previous) ?? '-')}>${String(dataOf(current) ?? '-')}`;

  it('are told in order, with what was before', async () => {
    const seen: string[] = [];
    const subscription = collection.subscribe((change) => seen.push(text(change)));
    await put('n/a', '1');
    await put('n/a', '2');
    await collection.write('n/a', undefined, {});
    await put('n/a', '3');
    subscription[Symbol.dispose]();
    await put('n/a', '4');
    expect(seen).toEqual(['1:->1', '2:1>2', '3:2>-', '4:->3']);
  });

  it('are known after any revision, also from before it was loaded', async () => {
    for (const data of ['1', '2', '3']) await put('n/a', data);
    using later = await Collection.load(store, PREFIX, TYPE);
    await put('n/a', '4');
    await collection.write('n/a', undefined, {});
    const all = ['2:1>2', '3:2>3', '4:3>4', '5:4>-'];
    for (const [revision, expected] of [
      [1, all],
      [3, all.slice(2)],
      [5, []],
    ] as const) {
      expect(later.changesAfter(revision).map(text)).toEqual(expected);
    }
    const [deletion] = later.changesAfter(4);
    expect(deletion!.previous!.value.metadata.resourceVersion).toBe('5');
    await store.compact(2);
    expect(() => later.changesAfter(1)).toThrow(CompactedError);
  });

  it('end with the collection', async () => {
    collection[Symbol.dispose]();
    await store.write({ key: `${PREFIX}n/a`, value: Buffer.from(json('a')) });
    expect(collection.size).toBe(0);
  });
});
