import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../schema/decode.ts';
import type { Schemas } from '../schema/schema.ts';
import { strategicPatch, StrategicPatchError } from './strategic.ts';

const schemas: Schemas = {
  Pod: {
    properties: {
      labels: { type: 'map', values: { type: 'string' } },
      finalizers: { type: 'list', items: { type: 'string' }, mergeKey: '' },
      args: { type: 'list', items: { type: 'string' } },
      containers: { type: 'list', items: { type: 'ref', name: 'Container' }, mergeKey: 'name' },
      strategy: { type: 'ref', name: 'Strategy' },
    },
  },
  Container: {
    properties: {
      name: { type: 'string' },
      image: { type: 'string' },
      ports: { type: 'list', items: { type: 'ref', name: 'Port' }, mergeKey: 'port' },
      env: { type: 'list', items: { type: 'ref', name: 'Env' }, mergeKey: 'name' },
    },
  },
  Port: { properties: { port: { type: 'integer', format: 'int32' }, label: { type: 'string' } } },
  Env: { properties: { name: { type: 'string' }, value: { type: 'string' } } },
  Strategy: {
    properties: { type: { type: 'string' }, rolling: { type: 'ref', name: 'Port' }, recreate: { type: 'any' } },
  },
};

const patched = (target: JsonObject, patch: JsonObject): JsonObject => strategicPatch(schemas, 'Pod', target, patch);
const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));

describe('strategic merge patch', () => {
  it('merges maps, replaces plain lists, and removes what is null', () => {
    expect(
      patched(
        { labels: { a: '1', b: '2' }, args: ['x', 'y'], strategy: { type: 'a' } },
        { labels: { b: null, c: '3' }, args: ['z'], strategy: null },
      ),
    ).toEqual({ labels: { a: '1', c: '3' }, args: ['z'] });
  });

  it('merges lists by their key, in depth', () => {
    const target = {
      containers: [
        { name: 'a', image: 'a:1', ports: [{ port: 80, label: 'web' }, { port: 81 }] },
        { name: 'b', image: 'b:1' },
      ],
    };
    const patch = { containers: [{ name: 'a', image: 'a:2', ports: [{ port: 80, label: 'site' }, { port: 82 }] }] };
    const before = structuredClone(target);
    expect(patched(target, patch)).toEqual({
      containers: [
        { name: 'a', image: 'a:2', ports: [{ port: 80, label: 'site' }, { port: 82 }, { port: 81 }] },
        { name: 'b', image: 'b:1' },
      ],
    });
    expect(target).toEqual(before);
  });

  it('merges lists of primitives, each value once', () => {
    expect(patched({ finalizers: ['a', 'b'] }, { finalizers: ['b', 'c'] })).toEqual({ finalizers: ['a', 'b', 'c'] });
  });

  it('deletes elements and primitives by directive', () => {
    expect(
      patched(
        { containers: named('a', 'b', 'c'), finalizers: ['x', 'y'] },
        { containers: [{ name: 'b', $patch: 'delete' }], '$deleteFromPrimitiveList/finalizers': ['x', 'z'] },
      ),
    ).toEqual({ containers: named('a', 'c'), finalizers: ['y'] });
  });

  it('replaces objects and lists by directive', () => {
    expect(
      patched(
        { labels: { a: '1' }, containers: named('a', 'b') },
        { labels: { $patch: 'replace', b: '2' }, containers: [{ $patch: 'replace' }, { name: 'c' }] },
      ),
    ).toEqual({ labels: { b: '2' }, containers: named('c') });
  });

  it('empties objects by directive', () => {
    expect(patched({ strategy: { type: 'a' } }, { strategy: { $patch: 'delete' } })).toEqual({ strategy: {} });
    expect(patched({ args: [] }, { strategy: { $patch: 'delete' } })).toEqual({ args: [] });
  });

  it('keeps only the retained keys', () => {
    expect(
      patched(
        { strategy: { type: 'rolling', rolling: { port: 1 } } },
        { strategy: { $retainKeys: ['type', 'recreate'], type: 'recreate', recreate: {} } },
      ),
    ).toEqual({ strategy: { type: 'recreate', recreate: {} } });
  });

  it('brings elements into the order that is asked for', () => {
    const target = { containers: named('a', 'b', 'c') };
    expect(
      patched(target, {
        '$setElementOrder/containers': named('c', 'a', 'b'),
        containers: [{ name: 'c', image: 'c:2' }],
      }),
    ).toEqual({ containers: [{ name: 'c', image: 'c:2' }, ...named('a', 'b')] });
  });

  it('leaves elements of others where they were', () => {
    // `other` came from somebody else: kubectl apply does not know of it.
    const target = { containers: named('a', 'other', 'b') };
    expect(
      patched(target, {
        '$setElementOrder/containers': named('a', 'b', 'new'),
        containers: [{ name: 'new', image: 'n:1' }],
      }),
    ).toEqual({ containers: [...named('a', 'other', 'b'), { name: 'new', image: 'n:1' }] });
  });

  it('orders primitives', () => {
    expect(
      patched({ finalizers: ['a', 'b'] }, { '$setElementOrder/finalizers': ['c', 'a', 'b'], finalizers: ['c'] }),
    ).toEqual({ finalizers: ['c', 'a', 'b'] });
  });

  it('does as kubectl apply says when it removes one and changes another', () => {
    const target = {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
      ],
    };
    expect(
      patched(target, {
        '$setElementOrder/containers': named('a'),
        containers: [
          {
            name: 'a',
            '$setElementOrder/env': named('Y'),
            env: [
              { name: 'X', $patch: 'delete' },
              { name: 'Y', value: '3' },
            ],
          },
        ],
      }),
    ).toEqual({ containers: [{ name: 'a', env: [{ name: 'Y', value: '3' }] }] });
  });

  it('creates lists and objects that were not there, without the directives', () => {
    expect(patched({}, { containers: [{ name: 'a', ports: [{ port: 1 }] }], labels: { a: '1' } })).toEqual({
      containers: [{ name: 'a', ports: [{ port: 1 }] }],
      labels: { a: '1' },
    });
  });

  it('takes __proto__ for a key like any other', () => {
    const patch = JSON.parse('{"labels":{"__proto__":"x"}}') as JsonObject;
    expect(JSON.stringify(patched({ labels: { a: '1' } }, patch))).toBe('{"labels":{"a":"1","__proto__":"x"}}');
  });

  it.each<[string, JsonObject, string]>([
    ['a directive that is none', { labels: { $patch: 'improve' } }, 'unknown patch type: improve'],
    ['a directive that is no text', { labels: { $patch: [{ toString: 1 }] } }, 'unknown patch type: [{"toString":1}]'],
    ['a directive of a list that is none', { containers: [{ name: 'a', $patch: 'improve' }] }, 'unknown patch type'],
    [
      'merging as a directive of a list',
      { containers: [{ $patch: 'merge' }] },
      'merging lists cannot yet be specified',
    ],
    ['an element without its key', { containers: [{ image: 'a' }] }, 'does not contain declared merge key: name'],
    ['an element that is no object', { containers: ['a'] }, 'expected a map, but received'],
    [
      'an order that is no list',
      { '$setElementOrder/containers': 'a' },
      'invalid patch format of setElementOrder list',
    ],
    ['primitives that are no list', { '$deleteFromPrimitiveList/args': 'a' }, 'invalid patch format of primitive list'],
    ['retained keys that are no list', { strategy: { $retainKeys: 'type' } }, 'invalid patch format of retainKeys'],
    [
      'more than it retains',
      { strategy: { $retainKeys: ['type'], type: 'a', recreate: {} } },
      'invalid patch format of retainKeys',
    ],
  ])('refuses %s', (_, patch, message) => {
    const target = { containers: named('a'), args: ['a'] };
    expect(() => patched(target, patch)).toThrow(StrategicPatchError);
    expect(() => patched(target, patch)).toThrow(message);
  });
});
