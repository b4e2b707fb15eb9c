import { expect, it } from 'vitest';
import { Sessions } from './sessions.ts';

it('trades each token for a session once', () => {
  const sessions = new Sessions();
  const token = sessions.newToken();
  expect(sessions.accepts(sessions.redeem(token))).toBe(true);
  expect(sessions.redeem(token)).toBeUndefined();
});

it('keeps the sessions of a kept key, and no others', () => {
  const key = new Uint8Array(32).fill(7);
  const earlier = new Sessions(key);
  const cookie = earlier.redeem(earlier.newToken());
  expect(new Sessions(key).accepts(cookie)).toBe(true);
  expect(new Sessions().accepts(cookie)).toBe(false);
});

it.each([undefined, '', '.', 'a.b', 'a', '.x'])('does not accept %j as a session', (cookie) => {
  expect(new Sessions().accepts(cookie)).toBe(false);
});

it('forgets the oldest of many links that nobody used', () => {
  const sessions = new Sessions();
  const [first, ...others] = Array.from({ length: 33 }, () => sessions.newToken());
  expect(sessions.redeem(first!)).toBeUndefined();
  expect(others.every((token) => sessions.redeem(token) !== undefined)).toBe(true);
});
