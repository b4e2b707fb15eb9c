import { expect, it } from 'vitest';
import { sizeSchema, sizeText } from './size.ts';

it.each([
  ['2G', 2 ** 31],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['512M', 2 ** 29],
  ['512mb', 2 ** 29],
  ['1073741824', 2 ** 30],
])('reads %s', (text, bytes) => expect(sizeSchema.parse(text)).toBe(bytes));

it.each(['', 'much', '-1G', '2 X', '1e9'])('refuses %j', (text) => {
  expect(sizeSchema.safeParse(text).error?.issues[0]?.message).toBe('give a size such as 2G or 512M');
});

it.each([
  [2 ** 31, '2G'],
  [1.5 * 2 ** 30, '1.5G'],
  [2 ** 29, '512M'],
])('writes %d', (bytes, text) => expect(sizeText(bytes)).toBe(text));
