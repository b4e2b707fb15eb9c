import type { PodRow, Tone } from '#common/contract/rows.ts';
import type { Stored } from '#common/kube/object.ts';
import { podSummary } from '#common/kube/pod/status-word.ts';
import type { Pod } from '#common/kube/resources.ts';

/** Above this a running pod is worth a look (of restarts within its life). */
const MANY_RESTARTS = 5;

export function podRow(pod: Stored<Pod>): PodRow {
  const { ready, total, status, restarts } = podSummary(pod);
  const { metadata, spec, status: reported } = pod;
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  const message = messageOf(pod);
  return {
    id: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp,
    status,
    tone: toneOf(status, ready === total, restarts),
    ready,
    containers: (spec?.containers ?? []).map(({ name }) => name),
    restarts,
    ...(spec?.nodeName ? { node: spec.nodeName } : {}),
    ...(reported?.podIP ? { ip: reported.podIP } : {}),
    ...(owner ? { controller: `${owner.kind}/${owner.name}` } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function toneOf(status: string, allReady: boolean, restarts: number): Tone {
  switch (status) {
    case 'Running':
      // Running but not ready serves nobody.
      return allReady && restarts < MANY_RESTARTS ? 'ok' : 'warn';
    case 'Completed':
    case 'Succeeded':
      return 'done';
    case 'ContainerCreating':
    case 'PodInitializing':
      return 'info';
    case 'Pending':
    case 'NotReady':
    case 'SchedulingGated':
      return 'warn';
    case 'Terminating':
      return 'leaving';
    case 'Unknown':
      return 'unknown';
    default:
      return /^Init:\d/.test(status) ? 'info' : 'error';
  }
}

/** Why a pod does not run, in the words of whoever found out. */
function messageOf({ status }: Stored<Pod>): string | undefined {
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const { waiting, terminated } = container.state ?? {};
    if (waiting?.message) return waiting.message;
    if (terminated && terminated.exitCode !== 0 && terminated.message) return terminated.message;
  }
  const unscheduled = status?.conditions?.find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'False',
  );
  return unscheduled?.message ?? status?.message;
}
