import { describe, expect, it } from 'vitest';
import { CrashLoops, durationText } from './crash-loop.ts';

describe('the back-off of containers that keep ending', () => {
  it('lets the first restart happen at once, then doubles from 10 s to 5 min', () => {
    const loops = new CrashLoops();
    let now = 0;
    const delays: number[] = [];
    for (let crash = 0; crash < 8; crash++) {
      delays.push(loops.waiting('pod', 'web', now, now)?.delayMs ?? 0);
      now += delays.at(-1)!;
      expect(loops.waiting('pod', 'web', now - delays.at(-1)!, now)).toBeUndefined();
      loops.started('pod', 'web', now, now);
      now += 1000;
    }
    expect(delays.map((delay) => delay / 1000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('begins anew after a run of more than ten minutes', () => {
    const loops = new CrashLoops();
    loops.started('pod', 'web', 0, 0);
    loops.started('pod', 'web', 20_000, 20_000);
    expect(loops.waiting('pod', 'web', 30_000, 30_000)?.delayMs).toBe(20_000);
    const later = 20_000 + 601_000;
    expect(loops.waiting('pod', 'web', later, later)).toBeUndefined();
    loops.started('pod', 'web', later, later);
    expect(loops.waiting('pod', 'web', later + 1, later + 1)?.delayMs).toBe(10_000);
  });

  it('counts from the end of the container, per container and pod', () => {
    const loops = new CrashLoops();
    loops.started('pod', 'web', 0, 0);
    expect(loops.waiting('pod', 'web', 5000, 12_000)).toEqual({ leftMs: 3000, delayMs: 10_000 });
    expect(loops.waiting('pod', 'other', 5000, 12_000)).toBeUndefined();
    loops.forget('pod');
    expect(loops.waiting('pod', 'web', 5000, 12_000)).toBeUndefined();
  });

  it.each([
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
  ])('writes %i ms as Go does', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});
