import { expect, test, vi } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { Recent } from './recent.ts';

test('an answer serves all who ask within its time, and none after it or after it was forgotten', async () => {
  const clock = new VirtualClock();
  const recent = new Recent<number>(clock, 1_000);
  let asked = 0;
  const ask = (): Promise<number> => Promise.resolve(++asked);
  expect(await Promise.all([recent.get('a', ask), recent.get('a', ask)])).toEqual([1, 1]);
  expect(await recent.get('b', ask)).toBe(2);
  recent.forget('a');
  expect(await recent.get('a', ask)).toBe(3);
  await clock.advance(1_001);
  expect(await recent.get('a', ask)).toBe(4);
});

test('a failure is not remembered', async () => {
  const recent = new Recent<number>(new VirtualClock(), 1_000);
  const ask = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('no')).mockResolvedValueOnce(5);
  await expect(recent.get('a', ask)).rejects.toThrow('no');
  expect(await recent.get('a', ask)).toBe(5);
});
