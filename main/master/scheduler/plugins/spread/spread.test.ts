import { expect, it } from 'vitest';
import { candidate } from '../../../../../test/support/candidates.ts';
import { nodeObject, podObject, stored } from '../../../../../test/support/objects.ts';
import { spread } from './spread.ts';

const owned = (name: string, uid: string, deletionTimestamp?: string) =>
  podObject(name, {
    metadata: {
      ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: uid, uid, controller: true }],
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  });
const pod = stored(owned('new', 'web'));

it('prefers nodes with fewer pods of the same set', () => {
  const nodes = [
    candidate(nodeObject('a'), [owned('w1', 'web'), owned('w2', 'web')]),
    candidate(nodeObject('b'), [owned('w3', 'web'), owned('o1', 'other'), podObject('alone')]),
    candidate(nodeObject('c'), [owned('w4', 'web', '2030-01-01T00:00:00Z')]),
  ];
  expect(spread.score!(pod, nodes)).toEqual([0, 50, 100]);
  expect(spread.score!(stored(podObject('alone')), nodes)).toEqual([0, 0, 0]);
});

it('makes no difference while the set has no pod', () => {
  expect(spread.score!(pod, [candidate(nodeObject('a')), candidate(nodeObject('b'))])).toEqual([100, 100]);
});
