import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import { isPodReady, podCondition } from '../pods.ts';

/**
 * Which pods go first when there are too many (pkg/controller, ActivePodsWithRanks): those that do least
 * yet, those that share a node with others of the same set, the younger ones.
 */
export function deletionOrder(owned: readonly Stored<Pod>[]): Stored<Pod>[] {
  const perNode = new Map<string, number>();
  for (const pod of owned) {
    const node = pod.spec?.nodeName ?? '';
    if (node !== '') perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const crowd = (pod: Stored<Pod>): number => perNode.get(pod.spec?.nodeName ?? '') ?? 0;
  return [...owned].sort(
    (a, b) =>
      Number(isAssigned(a)) - Number(isAssigned(b)) ||
      phaseRank(a) - phaseRank(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      crowd(b) - crowd(a) ||
      readyMs(b) - readyMs(a) ||
      restarts(b) - restarts(a) ||
      Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp),
  );
}

const PHASES = ['Pending', 'Unknown', 'Running'];

function isAssigned(pod: Stored<Pod>): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

function phaseRank(pod: Stored<Pod>): number {
  return PHASES.indexOf(pod.status?.phase ?? 'Pending');
}

/** KEP-2255: what its owner says losing the pod would cost. */
function deletionCost(pod: Stored<Pod>): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  return /^(0|[+-]?[1-9]\d{0,9})$/.test(text) ? Number(text) : 0;
}

/** Since when; one that does not say it counts as just become ready. */
function readyMs(pod: Stored<Pod>): number {
  const since = podCondition(pod, 'Ready')?.lastTransitionTime;
  return isPodReady(pod) && since !== undefined ? Date.parse(since) : Number.MAX_SAFE_INTEGER;
}

function restarts(pod: Stored<Pod>): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}
