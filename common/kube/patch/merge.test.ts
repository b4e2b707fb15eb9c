import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergePatch } from './merge.ts';

// RFC 7386, appendix A.
it.each<[unknown, unknown, unknown]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j merged with %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

it('takes __proto__ for a key like any other', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":1}}') as unknown;
  expect(JSON.stringify(mergePatch({ a: 1 }, patch))).toBe('{"a":1,"__proto__":{"polluted":1}}');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What has to be said to make `before` into `after`. */
function difference(before: Json, after: Json): Json {
  const patch: Json = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (JSON.stringify(old) !== JSON.stringify(value)) {
      patch[key] = isJson(old) && isJson(value) ? difference(old, value) : value;
    }
  }
  return patch;
}

it('makes of any object any other', () => {
  // A merge patch cannot write null; keys come from a small set so that the objects meet.
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()));
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.oneof({ depthSize: 'small' }, leaf, tie('tree'))),
  }));
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const original = structuredClone(before);
      expect(mergePatch(before, difference(before, after))).toEqual(after);
      expect(before).toEqual(original);
    }),
    { seed: 7386 },
  );
});
