import { expect, it } from 'vitest';
import { keyOf } from '#common/kube/object.ts';
import { nodeObject, podObject, requesting, stored } from '../../../test/support/objects.ts';
import { SchedulerCache } from './cache.ts';

const pod = stored(podObject('p', { spec: requesting({ cpu: '1' }) }));
const key = keyOf(pod);
const usage = (cache: SchedulerCache) =>
  Object.fromEntries(
    cache.candidates().map(({ node, requested, podCount }) => [node.metadata.name, [podCount, requested['cpu'] ?? 0]]),
  );

it('counts a pod from when it is assumed, once, and until it goes', () => {
  const cache = new SchedulerCache();
  cache.putNode(stored(nodeObject('a')));
  cache.putPod(pod, 'a');
  cache.putPod(pod, 'a');
  expect(usage(cache)).toEqual({ a: [1, 1000] });
  expect(cache.removePod(key)).toBe(true);
  expect(cache.removePod(key)).toBe(false);
  expect(usage(cache)).toEqual({ a: [0, 0] });
});

it('moves a pod that turned out to be bound elsewhere', () => {
  const cache = new SchedulerCache();
  for (const name of ['a', 'b']) cache.putNode(stored(nodeObject(name)));
  cache.putPod(pod, 'a');
  cache.putPod(pod, 'b');
  expect(usage(cache)).toEqual({ a: [0, 0], b: [1, 1000] });
});

it('knows of the pods on a node before and after it knows the node', () => {
  const cache = new SchedulerCache();
  cache.putPod(pod, 'a');
  expect(cache.candidates()).toEqual([]);
  cache.putNode(stored(nodeObject('a')));
  expect(usage(cache)).toEqual({ a: [1, 1000] });
  cache.removeNode('a');
  expect(cache.candidates()).toEqual([]);
  cache.putNode(stored(nodeObject('a', { allocatable: { cpu: '8' } })));
  expect(usage(cache)).toEqual({ a: [1, 1000] });
  cache.removeNode('a');
  cache.removePod(key);
  cache.putNode(stored(nodeObject('a')));
  expect(usage(cache)).toEqual({ a: [0, 0] });
});
