import type { INodeSelectorTerm } from 'kubernetes-models/v1/NodeSelectorTerm';
import type { DeepReadonly } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Node } from '#common/kube/resources.ts';
import { MAXIMUM_SCORE, type SchedulerPlugin } from '../../framework/plugin.ts';

type Term = DeepReadonly<INodeSelectorTerm>;
type Requirement = NonNullable<Term['matchExpressions']>[number];

/** Where a pod must or would like to be, by the labels and names of nodes. */
export const nodeAffinity: SchedulerPlugin = {
  name: 'NodeAffinity',
  weight: 2,
  filter(pod, { node }) {
    const selector = Object.entries(pod.spec?.nodeSelector ?? {});
    const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const labels = node.metadata.labels ?? {};
    const fits =
      selector.every(([key, value]) => labels[key] === value) &&
      (!terms || terms.some((term) => termMatches(term, node)));
    return fits ? undefined : "node(s) didn't match Pod's node affinity/selector";
  },
  score(pod, nodes) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const sums = nodes.map(({ node }) =>
      preferred.reduce((sum, { weight, preference }) => sum + (termMatches(preference, node) ? weight : 0), 0),
    );
    const most = Math.max(...sums);
    return sums.map((sum) => (most === 0 ? 0 : (MAXIMUM_SCORE * sum) / most));
  },
};

/** All of a term's requirements; a term without any matches nothing. */
function termMatches(term: Term, node: Stored<Node>): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => matches(requirement, node.metadata.labels?.[requirement.key])) &&
    matchFields.every((requirement) => requirement.key === 'metadata.name' && matches(requirement, node.metadata.name))
  );
}

function matches({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compareIntegers(value, values[0], (a, b) => a > b);
    case 'Lt':
      return compareIntegers(value, values[0], (a, b) => a < b);
    default:
      // The API takes any text here: one that is no operator matches nothing.
      operator satisfies never;
      return false;
  }
}

const INTEGER = /^[+-]?\d+$/;

function compareIntegers(
  value: string | undefined,
  bound: string | undefined,
  test: (value: bigint, bound: bigint) => boolean,
): boolean {
  if (value === undefined || bound === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
  return test(BigInt(value.replace('+', '')), BigInt(bound.replace('+', '')));
}
