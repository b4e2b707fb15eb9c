import { expect, it } from 'vitest';
import type { NodeRow } from '#common/contract/rows.ts';
import { joinNodes } from './joined.ts';

const row = (name: string): NodeRow => ({
  id: name,
  name,
  created: '2030-01-01T00:00:00Z',
  status: 'Ready',
  tone: 'ok',
  version: 'v1.34.0',
  runtime: 'containerd://1.7',
  os: 'Debian 12',
  kernel: '6.1',
  cpus: 2,
  memoryBytes: 2 ** 31,
  pods: 0,
  podCapacity: 110,
});

it('lists machines that are no nodes yet, and nodes that are no machines of ours', () => {
  const joined = joinNodes(
    [
      { name: 'a', machine: 'running' },
      { name: 'b', machine: 'starting' },
    ],
    [row('z'), row('a')],
  );
  expect(joined.map(({ name, machine, row: node }) => [name, machine?.machine, node?.status])).toEqual([
    ['a', 'running', 'Ready'],
    ['b', 'starting', undefined],
    ['z', undefined, 'Ready'],
  ]);
});
