import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { watchSleep } from './sleep-watch.ts';

it('tells of each sleep and of each clock that was set, of nothing else, and of nothing once it is disposed of', async () => {
  const clock = new VirtualClock();
  let told = 0;
  const watching = watchSleep(clock, () => told++);
  await clock.advance(600_000);
  expect(told).toBe(0);
  // Timers stand still while a computer sleeps; its clock does not.
  clock.jumpWall(8 * 3_600_000);
  await clock.advance(15_000);
  expect(told).toBe(1);
  await clock.advance(600_000);
  expect(told).toBe(1);
  clock.jumpWall(-60_000);
  await clock.advance(15_000);
  expect(told).toBe(2);
  clock.jumpWall(2_000);
  await clock.advance(15_000);
  expect(told).toBe(2);
  watching[Symbol.dispose]();
  clock.jumpWall(3_600_000);
  await clock.advance(60_000);
  expect([told, clock.pending]).toEqual([2, 0]);
});
