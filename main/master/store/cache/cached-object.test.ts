import { describe, expect, it } from 'vitest';
import { CachedObject, typePrefix } from './cached-object.ts';

const prefix = typePrefix('v1', 'ConfigMap');
const stored = (json: string, revision = 7): CachedObject =>
  CachedObject.from({ key: '/registry/configmaps/default/a', value: Buffer.from(json), revision, created: 3 }, prefix);
const A = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","labels":{"l":"é"}},"data":{"k":"ü\\"}"}}';

describe('a cached object', () => {
  it('has its resourceVersion spliced into the bytes that were stored', () => {
    const object = stored(A);
    expect(object.bytes.toString()).toBe(A.replace('"name"', '"resourceVersion":"7","name"'));
    expect(object.value).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7', name: 'a', labels: { l: 'é' } },
      data: { k: 'ü"}' },
    });
    expect([object.revision, object.created]).toEqual([7, 3]);
  });

  it('is parsed once, and frozen', () => {
    const object = stored(A);
    expect(object.value).toBe(object.value);
    expect(Object.isFrozen(object.value.metadata.labels)).toBe(true);
  });

  it('is an item of a list without its type', () => {
    const item = JSON.parse(`{${stored(A).itemBytes.toString()}`) as Record<string, unknown>;
    expect(Object.keys(item)).toEqual(['metadata', 'data']);
  });

  it.each([
    [7, 8],
    [9, 10],
    [99_999, 100_000],
    [1, 9_007_199_254_740_991],
  ])('is seen at another version: %d as %d', (revision, later) => {
    const object = stored(A, revision);
    const moved = object.at(later);
    expect(moved.value).toEqual({
      ...object.value,
      metadata: { ...object.value.metadata, resourceVersion: String(later) },
    });
    expect(moved.revision).toBe(later);
    expect(moved.at(revision).bytes.equals(object.bytes)).toBe(true);
    expect(object.value.metadata.resourceVersion).toBe(String(revision));
  });

  it('carries the version of a deletion when it is told of', () => {
    const value = { key: 'k', value: Buffer.from(A), revision: 7, created: 3 };
    expect(CachedObject.from(value, prefix, 12).value.metadata.resourceVersion).toBe('12');
  });
});
