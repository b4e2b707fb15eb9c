import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import { MAXIMUM_SCORE, type SchedulerPlugin } from '../../framework/plugin.ts';

/** Pods of one set go rather where fewer of the set are: when a node fails, the others go on. */
export const spread: SchedulerPlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  score(pod, nodes) {
    const owner = ownerOf(pod);
    if (owner === undefined) return nodes.map(() => 0);
    const counts = nodes.map((node) => {
      let count = 0;
      for (const other of node.pods) {
        if (ownerOf(other) === owner && other.metadata.deletionTimestamp === undefined) count++;
      }
      return count;
    });
    const most = Math.max(...counts);
    return counts.map((count) => (most === 0 ? MAXIMUM_SCORE : MAXIMUM_SCORE * (1 - count / most)));
  },
};

function ownerOf(pod: Stored<Pod>): string | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}
