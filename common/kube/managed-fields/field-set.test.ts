import fc from 'fast-check';
import { expect, it } from 'vitest';
import { differenceOf, isEmptySet, isFieldSet, unionOf, type FieldSet } from './field-set.ts';

/** The members of a set as texts, which is what a set means. */
function members(set: FieldSet, path = ''): Set<string> {
  const found = new Set<string>();
  for (const [key, node] of Object.entries(set)) {
    if (key === '.') continue;
    const here = `${path}/${key}`;
    if ('.' in node || isEmptySet(node)) found.add(here);
    for (const member of members(node, here)) found.add(member);
  }
  return found;
}

const { sets } = fc.letrec<{ node: FieldSet; sets: FieldSet }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constant({}),
    fc
      .tuple(fc.boolean(), fc.dictionary(fc.constantFrom('f:a', 'f:b', 'k:{"c":1}'), tie('node'), { minKeys: 1 }))
      .map(([self, children]) => (self ? { '.': {}, ...children } : children)),
  ),
  sets: fc.dictionary(fc.constantFrom('f:a', 'f:b', 'f:c'), tie('node')),
}));

it('unites and subtracts as sets of paths do', () => {
  fc.assert(
    fc.property(sets, sets, (left, right) => {
      expect(members(unionOf(left, right))).toEqual(new Set([...members(left), ...members(right)]));
      const gone = members(right);
      expect(members(differenceOf(left, right))).toEqual(new Set([...members(left)].filter((path) => !gone.has(path))));
    }),
  );
});

it('gives back the very set that nothing was taken from', () => {
  const set: FieldSet = { 'f:a': { 'f:b': {} } };
  expect(differenceOf(set, { 'f:c': {} })).toBe(set);
  expect(differenceOf(set, { 'f:a': {} })).toBe(set);
});

it('knows the form of a set', () => {
  expect(isFieldSet({ 'f:a': { '.': {}, 'k:{"name":"x"}': {} }, 'f:b': { 'v:"z"': {} } })).toBe(true);
  for (const wrong of [null, [], 'x', { a: {} }, { 'f:a': 1 }]) expect(isFieldSet(wrong)).toBe(false);
});
