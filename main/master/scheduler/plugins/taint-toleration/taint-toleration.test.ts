import type { ITaint } from 'kubernetes-models/v1/Taint';
import type { IToleration } from 'kubernetes-models/v1/Toleration';
import { describe, expect, it } from 'vitest';
import { candidate } from '../../../../../test/support/candidates.ts';
import { nodeObject, podObject, stored } from '../../../../../test/support/objects.ts';
import { taintToleration } from './taint-toleration.ts';

const node = (...taints: ITaint[]) => candidate(nodeObject('a', { spec: { taints } }));
const pod = (...tolerations: IToleration[]) => stored(podObject('p', { spec: { tolerations } }));
const dedicated: ITaint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
const refused = 'node(s) had untolerated taint {dedicated: db}';

describe('taints', () => {
  it.each<[string, IToleration[], ITaint[], string | undefined]>([
    ['none', [], [], undefined],
    ['an untolerated one', [], [dedicated], refused],
    ['NoExecute too', [], [{ ...dedicated, effect: 'NoExecute' }], refused],
    ['a soft one only', [], [{ ...dedicated, effect: 'PreferNoSchedule' }], undefined],
    ['one without a value', [], [{ key: 'gone', effect: 'NoSchedule' }], 'node(s) had untolerated taint {gone: }'],
    ['an equal value', [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }], [dedicated], undefined],
    ['another value', [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }], [dedicated], refused],
    ['any value', [{ key: 'dedicated', operator: 'Exists' }], [dedicated], undefined],
    ['another effect', [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }], [dedicated], refused],
    ['a pod that tolerates everything', [{ operator: 'Exists' }], [dedicated], undefined],
    [
      'the second of two',
      [{ key: 'first', operator: 'Exists' }],
      [{ key: 'first', effect: 'NoSchedule' }, dedicated],
      refused,
    ],
  ])('are judged: %s', (_, tolerations, taints, reason) => {
    expect(taintToleration.filter!(pod(...tolerations), node(...taints))).toBe(reason);
  });

  it('that are soft cost a node, unless they are tolerated', () => {
    const soft = (key: string): ITaint => ({ key, effect: 'PreferNoSchedule' });
    const nodes = [node(), node(soft('a')), node(soft('a'), soft('b'))];
    expect(taintToleration.score!(pod(), nodes)).toEqual([100, 50, 0]);
    expect(taintToleration.score!(pod({ key: 'a', operator: 'Exists' }), nodes)).toEqual([100, 100, 0]);
    expect(taintToleration.score!(pod({ operator: 'Exists' }), nodes)).toEqual([100, 100, 100]);
  });
});
