import { expect, test } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Progress } from './provider.ts';

test('silence is broken every second, and ends with the work', async () => {
  const clock = new VirtualClock();
  const heard: Progress[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const result = withHeartbeat(
    clock,
    (progress) => heard.push(progress),
    async (report) => {
      report({ fraction: 0.2, line: 'extracting' });
      return promise;
    },
  );
  await clock.advance(2_500);
  expect(heard).toEqual([
    { fraction: 0.2, line: 'extracting' },
    { fraction: 0.2, line: 'extracting (1 s)' },
    { fraction: 0.2, line: 'extracting (2 s)' },
  ]);
  resolve('done');
  expect(await result).toBe('done');
  expect(clock.pending).toBe(0);
});

test('nothing is left ringing when the work fails', async () => {
  const clock = new VirtualClock();
  await expect(
    withHeartbeat(
      clock,
      () => {},
      () => Promise.reject(new Error('no')),
    ),
  ).rejects.toThrow('no');
  expect(clock.pending).toBe(0);
});
