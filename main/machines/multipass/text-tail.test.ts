import { expect, test } from 'vitest';
import { TextTail } from './text-tail.ts';

test('the end is kept, in bounds, and it is told that the beginning is not', () => {
  const tail = new TextTail(10);
  tail.append('0123456789');
  tail.append('abc');
  expect([tail.text, tail.overflowed]).toEqual(['0123456789abc', false]);
  for (let count = 0; count < 1_000; count++) tail.append('0123456789');
  expect(tail.overflowed).toBe(true);
  expect(tail.text.length).toBeLessThanOrEqual(20);
  expect(tail.text.endsWith('0123456789')).toBe(true);
});
