import { describe, expect, it } from 'vitest';
import type { Pod } from '#common/kube/resources.ts';
import { podObject, stored } from '../../../../test/support/objects.ts';
import { amountsOf, podRequests } from './resources.ts';

type Containers = NonNullable<Pod['spec']>['containers'];

const asking = (name: string, cpu: string, memory: string, restartPolicy?: 'Always'): Containers[number] => ({
  name,
  image: 'web:1',
  resources: { requests: { cpu, memory } },
  ...(restartPolicy ? { restartPolicy } : {}),
});

describe('what a pod asks for', () => {
  it('is counted in thousandths of a cpu and in whole bytes', () => {
    expect(amountsOf({ cpu: '250m', memory: '1.5Gi', pods: 110, 'example.com/gpu': '2' })).toEqual({
      cpu: 250,
      memory: 1.5 * 2 ** 30,
      pods: 110,
      'example.com/gpu': 2,
    });
    expect(amountsOf({ cpu: '0.1', memory: '1' })).toEqual({ cpu: 100, memory: 1 });
  });

  // The cases of KEP-753: init containers run one after the other, sidecars beside all that come later.
  it.each<[string, Containers, Containers, { cpu: number; memory: number }]>([
    [
      'is the sum of its containers',
      [asking('a', '1', '1Gi'), asking('b', '500m', '2Gi')],
      [],
      { cpu: 1500, memory: 3 },
    ],
    [
      'is at least what its largest init container needs',
      [asking('a', '1', '1Gi')],
      [asking('i', '3', '512Mi'), asking('j', '2', '2Gi')],
      { cpu: 3000, memory: 2 },
    ],
    [
      'has its sidecars on top of its containers',
      [asking('a', '1', '1Gi')],
      [asking('s', '500m', '1Gi', 'Always')],
      { cpu: 1500, memory: 2 },
    ],
    [
      'has the sidecars before it on top of an init container',
      [asking('a', '1', '1Gi')],
      [asking('s', '1', '1Gi', 'Always'), asking('i', '2', '3Gi'), asking('t', '1', '1Gi', 'Always')],
      { cpu: 3000, memory: 4 },
    ],
    [
      'does not have the sidecars after it on top of an init container',
      [asking('a', '0', '0')],
      [asking('i', '2', '2Gi'), asking('t', '1', '1Gi', 'Always')],
      { cpu: 2000, memory: 2 },
    ],
  ])('%s', (_, containers, initContainers, { cpu, memory }) => {
    const pod = stored(podObject('a', { spec: { containers, initContainers } }));
    expect(podRequests(pod)).toEqual({ cpu, memory: memory * 2 ** 30 });
  });

  it('includes the overhead of its sandbox', () => {
    const pod = stored(podObject('a', { spec: { containers: [asking('a', '1', '0')], overhead: { cpu: '100m' } } }));
    expect(podRequests(pod)).toMatchObject({ cpu: 1100 });
  });
});
