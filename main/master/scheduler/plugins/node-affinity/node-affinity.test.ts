import type { INodeSelectorRequirement } from 'kubernetes-models/v1/NodeSelectorRequirement';
import type { INodeSelectorTerm } from 'kubernetes-models/v1/NodeSelectorTerm';
import { describe, expect, it } from 'vitest';
import { candidate } from '../../../../../test/support/candidates.ts';
import { nodeObject, podObject, stored } from '../../../../../test/support/objects.ts';
import { nodeAffinity } from './node-affinity.ts';

const node = (labels: Record<string, string>, name = 'a') => candidate(nodeObject(name, { metadata: { labels } }));
const requiring = (...nodeSelectorTerms: INodeSelectorTerm[]) =>
  stored(
    podObject('p', {
      spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } },
    }),
  );
const refused = "node(s) didn't match Pod's node affinity/selector";
const zone = (operator: INodeSelectorRequirement['operator'], ...values: string[]): INodeSelectorTerm => ({
  matchExpressions: [{ key: 'zone', operator, values }],
});

describe('where a pod must be', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['all labels are there', { disk: 'ssd', zone: 'a' }, true],
    ['one is missing', { disk: 'ssd' }, false],
    ['one has another value', { disk: 'ssd', zone: 'b' }, false],
  ])('by its nodeSelector: %s', (_, labels, fits) => {
    const pod = stored(podObject('p', { spec: { nodeSelector: { disk: 'ssd', zone: 'a' } } }));
    expect(nodeAffinity.filter!(pod, node(labels))).toBe(fits ? undefined : refused);
  });

  it.each<[INodeSelectorTerm, string | undefined, boolean]>([
    [zone('In', 'a', 'b'), 'b', true],
    [zone('In', 'a', 'b'), 'c', false],
    [zone('In', 'a'), undefined, false],
    [zone('NotIn', 'a'), 'b', true],
    [zone('NotIn', 'a'), 'a', false],
    [zone('NotIn', 'a'), undefined, true],
    [zone('Exists'), '', true],
    [zone('Exists'), undefined, false],
    [zone('DoesNotExist'), undefined, true],
    [zone('DoesNotExist'), 'a', false],
    [zone('Gt', '3'), '4', true],
    [zone('Gt', '3'), '3', false],
    [zone('Lt', '3'), '-1', true],
    [zone('Lt', '3'), undefined, false],
    // Only whole numbers are numbers (apimachinery labels.Requirement).
    [zone('Lt', '3'), '', false],
    [zone('Lt', '3'), '1.5', false],
    [zone('Gt', '3'), '0x10', false],
    [zone('Gt', '9007199254740992'), '9007199254740993', true],
    [zone('Sometimes' as 'In', 'a'), 'a', false],
    [{}, 'a', false],
  ])('by its affinity: %j with %j', (term, value, fits) => {
    const labels: Record<string, string> = value === undefined ? {} : { zone: value };
    expect(nodeAffinity.filter!(requiring(term), node(labels))).toBe(fits ? undefined : refused);
  });

  it('by one of several terms, each of which must hold as a whole', () => {
    const both: INodeSelectorTerm = {
      matchExpressions: [
        { key: 'zone', operator: 'In', values: ['a'] },
        { key: 'disk', operator: 'Exists' },
      ],
    };
    expect(nodeAffinity.filter!(requiring(both), node({ zone: 'a' }))).toBe(refused);
    expect(nodeAffinity.filter!(requiring(both, zone('In', 'a')), node({ zone: 'a' }))).toBeUndefined();
    expect(nodeAffinity.filter!(requiring(), node({ zone: 'a' }))).toBe(refused);
  });

  it('by the name of the node', () => {
    const field: INodeSelectorTerm = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] };
    expect(nodeAffinity.filter!(requiring(field), node({}, 'a'))).toBeUndefined();
    expect(nodeAffinity.filter!(requiring(field), node({}, 'b'))).toBe(refused);
  });
});

it("prefers the nodes that most of a pod's wishes speak for", () => {
  const pod = stored(
    podObject('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 60, preference: zone('In', 'a') },
              { weight: 20, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
              { weight: 100, preference: {} },
            ],
          },
        },
      },
    }),
  );
  const nodes = [node({ zone: 'a', disk: 'ssd' }), node({ zone: 'a' }), node({ disk: 'ssd' }), node({})];
  expect(nodeAffinity.score!(pod, nodes)).toEqual([100, 75, 25, 0]);
  expect(nodeAffinity.score!(stored(podObject('q')), nodes)).toEqual([0, 0, 0, 0]);
});
