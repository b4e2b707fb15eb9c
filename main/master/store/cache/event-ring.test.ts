import { describe, expect, it } from 'vitest';
import { EventRing, type ObjectChange } from './event-ring.ts';

const change = (revision: number): ObjectChange => ({ revision, current: undefined, previous: undefined });
const revisions = (changes: readonly ObjectChange[] | undefined): number[] | undefined =>
  changes?.map(({ revision }) => revision);

describe('an event ring', () => {
  it('knows what happened after any revision since its beginning', () => {
    const ring = new EventRing(10);
    for (const revision of [12, 15, 16]) ring.add(change(revision));
    expect(revisions(ring.after(10))).toEqual([12, 15, 16]);
    expect(revisions(ring.after(12))).toEqual([15, 16]);
    expect(revisions(ring.after(13))).toEqual([15, 16]);
    expect(revisions(ring.after(16))).toEqual([]);
    expect(revisions(ring.after(99))).toEqual([]);
    expect(ring.after(9)).toBeUndefined();
  });

  it('says what is newest', () => {
    const ring = new EventRing(10);
    expect(ring.newest).toBe(10);
    ring.add(change(12));
    expect(ring.newest).toBe(12);
  });

  it('forgets the oldest, never a part of what it says that it knows', () => {
    const ring = new EventRing(0);
    for (let revision = 1; revision <= 20_000; revision++) {
      ring.add(change(revision));
      if (revision % 1000 !== 0) continue;
      let known = revision;
      while (known > 0 && ring.after(known - 1)) known--;
      const held = revision - known;
      expect(held).toBeGreaterThanOrEqual(Math.min(revision, 1024));
      expect(held).toBeLessThan(2 * 1024);
      expect(ring.after(known)).toHaveLength(held);
    }
  });
});
