import { tolerates, untolerated } from '#common/kube/scheduling/taints.ts';
import { MAXIMUM_SCORE, type SchedulerPlugin } from '../../framework/plugin.ts';

/** Keeps pods from nodes with taints that they do not tolerate, and prefers those with fewer soft ones. */
export const taintToleration: SchedulerPlugin = {
  name: 'TaintToleration',
  weight: 3,
  filter(pod, { node }) {
    const taint = untolerated(node.spec?.taints ?? [], pod.spec?.tolerations ?? [], ['NoSchedule', 'NoExecute']);
    return taint && `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  },
  score(pod, nodes) {
    const tolerations = (pod.spec?.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    const counts = nodes.map(
      ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) =>
            taint.effect === 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint)),
        ).length,
    );
    const most = Math.max(...counts);
    return counts.map((count) => (most === 0 ? MAXIMUM_SCORE : MAXIMUM_SCORE * (1 - count / most)));
  },
};
