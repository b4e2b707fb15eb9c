import { describe, expect, it } from 'vitest';
import { deepFreeze, mutableCopy, parseFrozen } from './freeze.ts';

describe('frozen values', () => {
  it('cannot be changed at any depth', () => {
    const value: { list: { a: number }[] } = { list: [{ a: 1 }] };
    deepFreeze(value);
    expect(() => (value.list[0]!.a = 2)).toThrow(TypeError);
    expect(() => value.list.push({ a: 3 })).toThrow(TypeError);
  });

  it('come frozen from their text, with every key that it has', () => {
    const value = parseFrozen<Record<string, { b: number }>>('{"__proto__":{"b":1},"constructor":{"b":2}}');
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.isFrozen(value['constructor'])).toBe(true);
  });

  it('are copied by those who write, with every key too', () => {
    const frozen = parseFrozen<{ list: number[] }>('{"list":[1],"__proto__":{"x":1}}');
    const copy = mutableCopy<{ list: number[] }>(frozen);
    copy.list.push(2);
    expect(frozen.list).toEqual([1]);
    expect(Object.keys(copy)).toEqual(['list', '__proto__']);
  });
});
