import { afterEach, describe, expect, it, vi } from 'vitest';
import { realClock, sleep } from './clock.ts';
import { VirtualClock } from './virtual-clock.ts';

const DAY_MS = 86_400_000;

describe('the real clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits as long as it is told, also longer than a timer can', () => {
    vi.useFakeTimers();
    const task = vi.fn();
    realClock.after(60 * DAY_MS, task);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledTimes(1);
  });

  it('rings no more once it is let go, in whichever part of a long wait', () => {
    vi.useFakeTimers();
    const task = vi.fn();
    const timer = realClock.after(60 * DAY_MS, task);
    vi.advanceTimersByTime(40 * DAY_MS);
    timer[Symbol.dispose]();
    vi.advanceTimersByTime(40 * DAY_MS);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('sleep', () => {
  it('lasts as long as it should', async () => {
    const clock = new VirtualClock();
    let awake = false;
    const sleeping = sleep(clock, 100).then(() => (awake = true));
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await sleeping;
  });

  it('ends with the reason of its signal, and leaves no timer', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const sleeping = sleep(clock, 100, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
    await expect(sleep(clock, 100, abort.signal)).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});

describe('the virtual clock', () => {
  it('rings in order of time, then of setting, and at the time that was asked for', async () => {
    const clock = new VirtualClock(1000);
    const rung: string[] = [];
    const at = (name: string, delayMs: number): void => {
      clock.after(delayMs, () => rung.push(`${name}@${clock.monotonic()}`));
    };
    at('c', 30);
    at('a', 10);
    at('b', 10);
    clock.after(20, () => at('nested', 5));
    clock.after(5, () => rung.push('never'))[Symbol.dispose]();
    await clock.advance(29);
    expect(rung).toEqual(['a@10', 'b@10', 'nested@25']);
    expect(clock.pending).toBe(1);
    expect(clock.now()).toBe(1029);
  });

  it('lets promises settle between two rings', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    void sleep(clock, 10)
      .then(() => sleep(clock, 10))
      .then(() => seen.push(clock.monotonic()));
    await clock.advance(100);
    expect(seen).toEqual([20]);
  });

  it('steps the wall clock without letting time pass', async () => {
    const clock = new VirtualClock(0);
    clock.jumpWall(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([-500, 0]);
    await clock.advance(100);
    expect([clock.now(), clock.monotonic()]).toEqual([-400, 100]);
  });
});
