import { expect, it } from 'vitest';
import type { Node } from '#common/kube/resources.ts';
import { nodeObject, stored } from '../../../../test/support/objects.ts';
import { taintsByCondition } from './taints.ts';

const NOW = Date.UTC(2030, 0, 1);
const AT = '2030-01-01T00:00:00Z';
type Condition = NonNullable<NonNullable<Node['status']>['conditions']>[number];
const condition = (type: string, status: Condition['status']): Condition => ({ type, status });
const ready = condition('Ready', 'True');
const key = (name: string): string => `node.kubernetes.io/${name}`;

it.each<[string, Condition[], NonNullable<Node['spec']>, unknown]>([
  ['a node that is ready', [ready], {}, undefined],
  ['a node that has never said anything', [], {}, [{ key: key('not-ready'), effect: 'NoSchedule' }]],
  [
    'a node that is not ready',
    [condition('Ready', 'False')],
    {},
    [
      { key: key('not-ready'), effect: 'NoSchedule' },
      { key: key('not-ready'), effect: 'NoExecute', timeAdded: AT },
    ],
  ],
  [
    'a node that is silent',
    [condition('Ready', 'Unknown')],
    {},
    [
      { key: key('unreachable'), effect: 'NoSchedule' },
      { key: key('unreachable'), effect: 'NoExecute', timeAdded: AT },
    ],
  ],
  [
    'a node under pressure',
    [ready, condition('MemoryPressure', 'True'), condition('DiskPressure', 'True'), condition('PIDPressure', 'False')],
    {},
    [
      { key: key('memory-pressure'), effect: 'NoSchedule' },
      { key: key('disk-pressure'), effect: 'NoSchedule' },
    ],
  ],
  [
    'a node without a network',
    [ready, condition('NetworkUnavailable', 'True')],
    {},
    [{ key: key('network-unavailable'), effect: 'NoSchedule' }],
  ],
  ['a cordoned node', [ready], { unschedulable: true }, [{ key: key('unschedulable'), effect: 'NoSchedule' }]],
  [
    'a node that has recovered, and is dedicated',
    [ready],
    {
      taints: [
        { key: key('unreachable'), effect: 'NoExecute', timeAdded: AT },
        { key: 'dedicated', value: 'db', effect: 'NoSchedule' },
      ],
    },
    [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }],
  ],
  [
    'a node that is as silent as before: the time it was first seen stays',
    [condition('Ready', 'Unknown')],
    {
      taints: [
        { key: key('unreachable'), effect: 'NoExecute', timeAdded: '2029-12-31T23:00:00Z' },
        { key: key('unreachable'), effect: 'NoSchedule' },
      ],
    },
    undefined,
  ],
])('%s', (_, conditions, spec, taints) => {
  expect(taintsByCondition(stored(nodeObject('a', { conditions, spec })), NOW)).toEqual(taints);
});
