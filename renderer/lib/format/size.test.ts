import { expect, it } from 'vitest';
import { byteSize } from './size.ts';

it.each([
  [0, '0 B'],
  [1_023, '1,023 B'],
  [1_024, '1 KiB'],
  [1.5 * 2 ** 30, '1.5 GiB'],
  [2_147_483_648, '2 GiB'],
  [5 * 2 ** 50, '5,120 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(byteSize(bytes, 'en')).toBe(text);
});
