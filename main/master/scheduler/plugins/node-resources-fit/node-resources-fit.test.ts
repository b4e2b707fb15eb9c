import { describe, expect, it } from 'vitest';
import { candidate } from '../../../../../test/support/candidates.ts';
import { nodeObject, podObject, requesting, stored } from '../../../../../test/support/objects.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';

const pod = (requests: Record<string, string>, name = 'p') => podObject(name, { spec: requesting(requests) });
const wants = (requests: Record<string, string>) => stored(pod(requests));
const room = { cpu: '2', memory: '4Gi', pods: '3' };
const node = (...held: Record<string, string>[]) =>
  candidate(
    nodeObject('a', { allocatable: room }),
    held.map((requests, index) => pod(requests, `held-${index}`)),
  );

describe('room', () => {
  it.each<[string, Record<string, string>, Record<string, string>[], string | undefined]>([
    ['all of it', { cpu: '2', memory: '4Gi' }, [], undefined],
    ['a little more', { cpu: '2001m' }, [], 'Insufficient cpu'],
    ['what others have left', { cpu: '500m' }, [{ cpu: '1500m' }], undefined],
    ['more than others have left', { cpu: '501m' }, [{ cpu: '1500m' }], 'Insufficient cpu'],
    ['nothing, on a full node', {}, [{ cpu: '2', memory: '4Gi' }], undefined],
    ['one pod too many', {}, [{}, {}, {}], 'Too many pods'],
    [
      'everything too much',
      { cpu: '3', memory: '5Gi' },
      [{}, {}, {}],
      'Too many pods\nInsufficient cpu\nInsufficient memory',
    ],
    ['what the node does not have', { 'example.com/gpu': '1' }, [], 'Insufficient example.com/gpu'],
    ['none of what the node does not have', { 'example.com/gpu': '0' }, [], undefined],
  ])('for %s', (_, requests, held, reason) => {
    expect(nodeResourcesFit.filter!(wants(requests), node(...held))).toBe(reason);
  });

  it('comes back when a pod goes or asks for less', () => {
    const info = candidate(nodeObject('a', { allocatable: room }));
    const held = stored(pod({ cpu: '2' }, 'held'));
    info.put(held);
    expect(nodeResourcesFit.filter!(wants({ cpu: '1' }), info)).toBe('Insufficient cpu');
    info.put(stored(pod({ cpu: '1' }, 'held')));
    expect(nodeResourcesFit.filter!(wants({ cpu: '1' }), info)).toBeUndefined();
    expect(nodeResourcesFit.filter!(wants({ cpu: '2' }), info)).toBe('Insufficient cpu');
    info.remove('default/held' as Parameters<typeof info.remove>[0]);
    expect(nodeResourcesFit.filter!(wants({ cpu: '2' }), info)).toBeUndefined();
    expect(info.podCount).toBe(0);
  });
});

it('prefers nodes with more left, also when what is there asks for nothing', () => {
  const scores = nodeResourcesFit.score!(wants({ cpu: '500m', memory: '1Gi' }), [
    node(),
    node({ cpu: '500m', memory: '1Gi' }),
    node({}),
  ]);
  // Half the sum of what is left of each: (1500/2000 + 3/4) / 2, and so on.
  expect(scores[0]).toBeCloseTo(75);
  expect(scores[1]).toBeCloseTo(50);
  expect(scores[2]).toBeLessThan(75);
  expect(scores[2]).toBeGreaterThan(50);
});
