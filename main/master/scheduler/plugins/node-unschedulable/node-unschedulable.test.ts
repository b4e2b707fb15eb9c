import { expect, it } from 'vitest';
import { candidate } from '../../../../../test/support/candidates.ts';
import { nodeObject, podObject, stored } from '../../../../../test/support/objects.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';

const cordoned = candidate(nodeObject('a', { spec: { unschedulable: true } }));
const tolerating = (key: string) =>
  stored(podObject('p', { spec: { tolerations: [{ key, operator: 'Exists', effect: 'NoSchedule' }] } }));

it.each([
  ['an open node', stored(podObject('p')), candidate(nodeObject('a')), undefined],
  ['a cordoned node', stored(podObject('p')), cordoned, 'node(s) were unschedulable'],
  ['a cordoned node, when it tolerates that', tolerating('node.kubernetes.io/unschedulable'), cordoned, undefined],
  ['a cordoned node, when it tolerates something else', tolerating('other'), cordoned, 'node(s) were unschedulable'],
])('judges a pod for %s', (_, pod, node, reason) => {
  expect(nodeUnschedulable.filter!(pod, node)).toBe(reason);
});
