import { expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import type { OperationProgress } from '#common/contract/cluster.ts';
import { asksOf, failuresOf } from './asks.ts';

const passphrase = (file: string) => new AppError('ssh-passphrase-needed', { params: { file } }).toShape();
const sudo = new AppError('sudo-password-needed', { params: { host: '10.0.0.7', user: 'me' } }).toShape();
const denied = new AppError('sudo-denied', { params: { host: '10.0.0.8', user: 'me' } }).toShape();
const other = new AppError('ssh-unreachable', { params: { host: '10.0.0.9', port: 22, reason: 'x' } }).toShape();

const failed = (errors: Readonly<Record<string, typeof sudo>>): OperationProgress => ({
  kind: 'start',
  state: 'failed',
  startedAt: 0,
  fraction: 0,
  steps: [
    { id: 'prepare', state: 'done', expectedMs: 1, nodes: [] },
    {
      id: 'machines',
      state: 'failed',
      expectedMs: 1,
      nodes: [
        { node: 'done', state: 'done' },
        ...Object.entries(errors).map(([node, error]) => ({ node, state: 'failed' as const, error })),
      ],
    },
  ],
});

it('asks once for each key, and once for each machine', () => {
  const progress = failed({ a: passphrase('/k1'), b: sudo, c: passphrase('/k1'), d: passphrase('/k2'), e: denied });
  expect(asksOf(failuresOf(progress, undefined, [])).map(({ secret, nodes }) => [secret, nodes])).toEqual([
    ['passphrase', ['a', 'c']],
    ['sudoPassword', ['b']],
    ['passphrase', ['d']],
    ['sudoPassword', ['e']],
  ]);
});

it('asks for nothing where no secret helps', () => {
  expect(asksOf(failuresOf(failed({ a: other }), sudo, ['a']))).toEqual([]);
  expect(asksOf(failuresOf(null, undefined, ['a']))).toEqual([]);
});

it('takes what failed for all as failed for each', () => {
  expect(asksOf(failuresOf(null, sudo, ['a', 'b'])).map(({ nodes }) => nodes)).toEqual([['a'], ['b']]);
});
