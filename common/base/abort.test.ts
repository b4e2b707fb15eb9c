import { expect, it } from 'vitest';
import { abortReason, unlessAborted } from './abort.ts';

it('gives what the promise gives, or what it throws', async () => {
  const { signal } = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
});

it('does not wait beyond the signal', async () => {
  const abort = new AbortController();
  const waiting = unlessAborted(new Promise<never>(() => undefined), abort.signal);
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  await expect(unlessAborted(Promise.resolve(1), abort.signal)).rejects.toThrow('stop');
});

it('makes an Error of any reason', () => {
  const abort = new AbortController();
  abort.abort('a text');
  expect(abortReason(abort.signal)).toMatchObject({ name: 'AbortError' });
  expect(abortReason(undefined)).toBeInstanceOf(Error);
});
