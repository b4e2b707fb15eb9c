import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameSuffix, secureRandom, seededRandom, uuid } from './random.ts';

it('repeats itself for the same seed only', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

it('stays within [0, 1), and favours no part of it', () => {
  for (const random of [seededRandom(1), secureRandom]) {
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      counts[Math.floor(value * 10)]! += 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
  }
});

it('makes version-4 UUIDs', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(uuid(seededRandom(seed))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

it('makes suffixes of the letters that spell no words', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(nameSuffix(seededRandom(seed))).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    }),
  );
});
