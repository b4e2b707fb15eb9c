import { tolerates } from '#common/kube/scheduling/taints.ts';
import type { SchedulerPlugin } from '../../framework/plugin.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** Nothing new goes to a cordoned node. */
export const nodeUnschedulable: SchedulerPlugin = {
  name: 'NodeUnschedulable',
  filter(pod, { node }) {
    if (node.spec?.unschedulable !== true) return undefined;
    const tolerated = (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, TAINT));
    return tolerated ? undefined : 'node(s) were unschedulable';
  },
};
