import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { Expectations } from './expectations.ts';

it('are satisfied when all that was written has been seen', () => {
  const expectations = new Expectations(new VirtualClock());
  expect(expectations.satisfied('web')).toBe(true);
  expectations.expect('web', 'a');
  expectations.expect('web', 'b');
  expectations.seen('web', 'a');
  expect(expectations.satisfied('web')).toBe(false);
  expect(expectations.satisfied('other')).toBe(true);
  expectations.seen('web', 'unknown');
  expectations.seen('web', 'b');
  expect(expectations.satisfied('web')).toBe(true);
});

it('are given up after five minutes, and with what they are about', async () => {
  const clock = new VirtualClock();
  const expectations = new Expectations(clock);
  expectations.expect('web', 'a');
  expectations.expect('gone', 'a');
  expectations.forget('gone');
  expect(expectations.satisfied('gone')).toBe(true);
  await clock.advance(300_000);
  expect(expectations.satisfied('web')).toBe(false);
  await clock.advance(1);
  expect(expectations.satisfied('web')).toBe(true);
});
