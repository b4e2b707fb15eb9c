import { describe, expect, it } from 'vitest';
import { isJsonPatch, jsonPatch, JsonPatchError, JsonPatchTooLargeError } from './json.ts';

type Steps = Parameters<typeof jsonPatch>[1];
const document = { a: { b: [1, 2, 3], 'x/y': 1, 'm~n': 2 }, s: 'text' };

describe('JSON patch', () => {
  it.each<[string, Steps, unknown]>([
    ['adds a key', [{ op: 'add', path: '/c', value: 1 }], { ...document, c: 1 }],
    [
      'adds into a list',
      [{ op: 'add', path: '/a/b/1', value: 9 }],
      { ...document, a: { ...document.a, b: [1, 9, 2, 3] } },
    ],
    [
      'adds to the end of a list',
      [{ op: 'add', path: '/a/b/-', value: 9 }],
      { ...document, a: { ...document.a, b: [1, 2, 3, 9] } },
    ],
    ['replaces', [{ op: 'replace', path: '/s', value: null }], { ...document, s: null }],
    ['replaces the whole', [{ op: 'replace', path: '', value: 5 }], 5],
    ['removes', [{ op: 'remove', path: '/a' }], { s: 'text' }],
    ['moves', [{ op: 'move', from: '/s', path: '/t' }], { a: document.a, t: 'text' }],
    ['copies', [{ op: 'copy', from: '/a/b', path: '/c' }], { ...document, c: [1, 2, 3] }],
    [
      'reads ~0 and ~1',
      [
        { op: 'remove', path: '/a/x~1y' },
        { op: 'remove', path: '/a/m~0n' },
      ],
      { a: { b: [1, 2, 3] }, s: 'text' },
    ],
    [
      'goes on after a test that holds',
      [
        { op: 'test', path: '/a/b', value: [1, 2, 3] },
        { op: 'remove', path: '/a' },
      ],
      { s: 'text' },
    ],
    ['counts from the end', [{ op: 'remove', path: '/a/b/-1' }], { ...document, a: { ...document.a, b: [1, 2] } }],
    [
      'puts before what is counted from the end',
      [
        { op: 'add', path: '/a/b/-1', value: 9 },
        { op: 'add', path: '/a/b/-2', value: 8 },
        { op: 'replace', path: '/a/b/-5', value: 7 },
      ],
      { ...document, a: { ...document.a, b: [7, 2, 3, 8, 9] } },
    ],
    [
      'counts where something is moved to after it was taken',
      [
        { op: 'move', from: '/a/b/0', path: '/a/b/-1' },
        { op: 'move', from: '/a/b/-1', path: '/a/b/-3' },
        { op: 'copy', from: '/a/b/-3', path: '/c' },
      ],
      { ...document, a: { ...document.a, b: [1, 2, 3] }, c: 1 },
    ],
  ])('%s', (_, steps, result) => {
    const before = structuredClone(document);
    expect(jsonPatch(document, steps)).toEqual(result);
    expect(document).toEqual(before);
  });

  it('shares nothing with its arguments', () => {
    const value = { list: [1] };
    const result = jsonPatch(document, [{ op: 'add', path: '/c', value }]) as { c: typeof value; a: { b: number[] } };
    value.list.push(2);
    expect(result.c).toEqual({ list: [1] });
    expect(result.a.b).not.toBe(document.a.b);
  });

  it.each<[string, Steps, string]>([
    ['a test that fails', [{ op: 'test', path: '/s', value: 'other' }], 'testing value /s failed: test failed'],
    [
      'a missing key',
      [{ op: 'remove', path: '/zz' }],
      'remove operation does not apply: doc is missing path: "/zz": missing value',
    ],
    [
      'a missing parent',
      [{ op: 'add', path: '/zz/y', value: 1 }],
      'add operation does not apply: doc is missing path: "/zz/y": missing value',
    ],
    ['a key of a text', [{ op: 'add', path: '/s/y', value: 1 }], 'add operation does not apply'],
    ['an index beyond the end', [{ op: 'add', path: '/a/b/9', value: 1 }], 'add operation does not apply'],
    ['an index before the beginning', [{ op: 'remove', path: '/a/b/-4' }], 'remove operation does not apply'],
    ['an index that is none', [{ op: 'add', path: '/a/b/x', value: 1 }], 'add operation does not apply'],
    ['nothing to copy', [{ op: 'copy', from: '/zz', path: '/c' }], 'copy operation does not apply'],
    ['a path that does not begin at the root', [{ op: 'add', path: 's', value: 1 }], 'add operation does not apply'],
    [
      'a test by something that is no text',
      [{ op: 'test', path: '/s', value: { toString: [] } }],
      'testing value /s failed',
    ],
    ['an inherited key', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], 'add operation does not apply'],
    ['an inherited value', [{ op: 'copy', from: '/constructor', path: '/c' }], 'copy operation does not apply'],
  ])('refuses %s', (_, steps, message) => {
    expect(() => jsonPatch(document, steps)).toThrow(JsonPatchError);
    expect(() => jsonPatch(document, steps)).toThrow(message);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes no more than 10,000 operations', () => {
    const steps = Array.from({ length: 10_001 }, () => ({ op: 'test' as const, path: '/s', value: 'text' }));
    expect(() => jsonPatch(document, steps)).toThrow(
      new JsonPatchTooLargeError('The allowed maximum operations in a JSON patch is 10000, got 10001'),
    );
    expect(jsonPatch(document, steps.slice(1))).toEqual(document);
  });

  it('copies no more than three megabytes, however they come together', () => {
    const big = { list: ['x'.repeat(1_000_000)] };
    const twice = (path: string): Steps[number] => ({ op: 'copy', from: '/list/0', path });
    expect(jsonPatch(big, [twice('/a'), twice('/b'), twice('/c')])).toHaveProperty('c');
    expect(() => jsonPatch(big, [twice('/a'), twice('/b'), twice('/c'), twice('/d')])).toThrow(JsonPatchTooLargeError);
    const doubling = Array.from({ length: 30 }, (): Steps[number] => ({ op: 'copy', from: '/list', path: '/list/-' }));
    expect(() => jsonPatch(big, doubling)).toThrow(
      /accumulated size increase of copy is \d+, exceeding the limit 3145728/,
    );
  });

  it.each<[unknown, boolean]>([
    [[], true],
    [[{ op: 'remove', path: '/a' }], true],
    [[{ op: 'move', path: '/a', from: '/b' }], true],
    [[{ op: 'move', path: '/a' }], false],
    [[{ op: 'jump', path: '/a' }], false],
    [[{ op: 'remove', path: 1 }], false],
    [[null], false],
    [{ op: 'remove', path: '/a' }, false],
    ['remove', false],
  ])('knows whether %j is one', (patch, is) => {
    expect(isJsonPatch(patch)).toBe(is);
  });
});
