import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { StoreDamagedError, StoreLockedError } from '../master/store/store.ts';
import { asMasterError } from './master-errors.ts';

const systemError = (code: string): Error => Object.assign(new Error(`${code}: refused`), { code });

it.each<[unknown, string, Record<string, string | number>]>([
  [new StoreDamagedError('not a database'), 'store-damaged', { path: '/data', message: 'not a database' }],
  [new StoreLockedError('locked'), 'home-in-use', { path: '/data' }],
  [systemError('EACCES'), 'home-not-writable', { path: '/data' }],
  [systemError('EROFS'), 'home-not-writable', { path: '/data' }],
  [new Error('out of luck'), 'master-failed', { message: 'out of luck' }],
  ['out of luck', 'master-failed', { message: 'out of luck' }],
])('%s is %s', (thrown, code, params) => {
  const error = asMasterError(thrown, '/data', 6443);
  expect([error.code, error.params]).toEqual([code, params]);
});

it('names the port that someone else listens on', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as { port: number };
  const [refusal] = (await once(createServer().listen(port, '127.0.0.1'), 'error')) as [Error];
  expect(asMasterError(refusal, '/data', port)).toMatchObject({ code: 'port-in-use', params: { port } });
  first.close();
  await once(first, 'close');
});

it('leaves an error alone that is told already', () => {
  const told = new AppError('disk-short');
  expect(asMasterError(told, '/data', 6443)).toBe(told);
});
