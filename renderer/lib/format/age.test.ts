import { expect, it } from 'vitest';
import { humanDuration } from './age.ts';

const s = 1_000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

// From upstream's own table (pkg/util/duration/duration_test.go).
it.each([
  [-2 * s, '<invalid>'],
  [-1 * s, '0s'],
  [0, '0s'],
  [1 * s - 1, '0s'],
  [70 * s - 1, '69s'],
  [190 * s - 1, '3m9s'],
  [70 * m - 1, '69m'],
  [47 * h - 1, '46h'],
  [49 * h - 1, '2d'],
  [3 * h + 5 * m, '3h5m'],
  [8 * h - 1, '7h59m'],
  [8 * d - 1, '7d23h'],
  [2 * 365 * d - 1, '729d'],
  [2 * 365 * d, '2y'],
  [2 * 365 * d + 23 * h, '2y'],
  [3 * 365 * d, '3y'],
  [8 * 365 * d - 1, '7y364d'],
  [8 * 365 * d, '8y'],
  [9 * 365 * d, '9y'],
])('%d ms is %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
