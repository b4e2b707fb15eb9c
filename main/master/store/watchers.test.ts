import { expect, it } from 'vitest';
import type { StoreChange } from './store.ts';
import { Watchers } from './watchers.ts';

const change = (key: string): StoreChange => ({ revision: 1, key, current: undefined, previous: undefined });

it('gives each watcher its own part of a batch, in one piece, until it leaves', () => {
  const watchers = new Watchers();
  const seen: Record<string, string[][]> = { a: [], all: [], b: [] };
  const watch = (name: string, prefix: string): Disposable =>
    watchers.add(prefix, (changes) => seen[name]!.push(changes.map(({ key }) => key)));
  const a = watch('a', '/a/');
  using _all = watch('all', '/');
  using _b = watch('b', '/b/');
  watchers.tell([change('/a/1'), change('/ab/1'), change('/a/2')]);
  a[Symbol.dispose]();
  watchers.tell([change('/a/3')]);
  expect(seen).toEqual({ a: [['/a/1', '/a/2']], all: [['/a/1', '/ab/1', '/a/2'], ['/a/3']], b: [] });
});

it('lets a watcher leave while it is told, and tells nobody else less', () => {
  const watchers = new Watchers();
  const seen: string[] = [];
  const first = watchers.add('/', () => {
    seen.push('first');
    first[Symbol.dispose]();
  });
  watchers.add('/', () => seen.push('second'));
  watchers.tell([change('/a')]);
  watchers.tell([change('/a')]);
  expect(seen).toEqual(['first', 'second', 'second']);
});
