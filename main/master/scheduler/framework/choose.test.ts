import { describe, expect, it } from 'vitest';
import { seededRandom } from '#common/base/random.ts';
import { candidate } from '../../../../test/support/candidates.ts';
import { nodeObject, podObject, requesting, stored } from '../../../../test/support/objects.ts';
import { defaultPlugins } from '../start.ts';
import { chooseNode } from './choose.ts';
import type { SchedulerPlugin } from './plugin.ts';

const random = seededRandom(1);
const pod = stored(podObject('p', { spec: requesting({ cpu: '2', memory: '2Gi' }) }));
const small = (name: string) => candidate(nodeObject(name, { allocatable: { cpu: '1', memory: '1Gi' } }));
const choose = (nodes: Parameters<typeof chooseNode>[1], plugins = defaultPlugins) =>
  chooseNode(pod, nodes, plugins, random);

describe('a pod that fits nowhere', () => {
  it("is told why in upstream's words: each reason with its count, in order", () => {
    const nodes = [
      candidate(nodeObject('a', { spec: { unschedulable: true } })),
      candidate(nodeObject('b', { spec: { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] } })),
      small('c'),
      small('d'),
      candidate(nodeObject('e', { allocatable: { pods: '0' } })),
    ];
    expect(choose(nodes)).toEqual({
      message:
        '0/5 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {dedicated: db}, ' +
        '1 node(s) were unschedulable, 2 Insufficient cpu, 2 Insufficient memory.',
    });
  });

  it('is told so when there are no nodes at all', () => {
    expect(choose([])).toEqual({ message: 'no nodes available to schedule pods' });
  });

  it("is told only the first plugin's reason for each node", () => {
    const node = candidate(nodeObject('a', { spec: { unschedulable: true }, allocatable: { cpu: '1' } }));
    expect(choose([node])).toEqual({ message: '0/1 nodes are available: 1 node(s) were unschedulable.' });
  });
});

describe('a pod that fits', () => {
  const scoring = (weight: number | undefined, scores: Readonly<Record<string, number>>): SchedulerPlugin => ({
    name: 'Scoring',
    ...(weight === undefined ? {} : { weight }),
    score: (_pod, nodes) => nodes.map(({ node }) => scores[node.metadata.name] ?? 0),
  });
  const named = (choice: ReturnType<typeof chooseNode>) => 'node' in choice && choice.node.node.metadata.name;
  const nodes = ['a', 'b', 'c'].map((name) => candidate(nodeObject(name)));

  it('gets the node with the highest weighted sum', () => {
    const plugins = [scoring(undefined, { a: 100, b: 40 }), scoring(3, { b: 30, c: 10 })];
    expect(named(choose(nodes, plugins))).toBe('b');
  });

  it('gets a node that scores low rather than one that is refused', () => {
    const refusing: SchedulerPlugin = {
      name: 'Refusing',
      filter: (_pod, { node }) => (node.metadata.name === 'c' ? undefined : 'no'),
    };
    expect(named(choose(nodes, [refusing, scoring(1, { a: 100 })]))).toBe('c');
  });

  it('gets any of those that are equally good', () => {
    const chosen = Array.from({ length: 60 }, () => named(choose(nodes, [scoring(1, { a: 50, c: 50 })])));
    expect(new Set(chosen)).toEqual(new Set(['a', 'c']));
  });
});
