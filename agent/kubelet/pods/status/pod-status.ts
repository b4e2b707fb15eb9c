import { isTerminal, podSpec, type PodStatus } from '../pod.ts';
import { podConditions } from './conditions.ts';
import { containerStatuses, type ContainerStatusInputs } from './container-status.ts';
import { podPhase } from './phase.ts';

export interface PodStatusInputs extends ContainerStatusInputs {
  /** All containers have ended and none will be started again. */
  readonly ended: boolean;
  readonly hostIPs: readonly string[];
  /** When the kubelet first saw the pod. */
  readonly startTime: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The fields of Pod.status that the kubelet owns. */
export type KubeletPodStatus = Pick<
  PodStatus,
  | 'phase'
  | 'conditions'
  | 'containerStatuses'
  | 'hostIP'
  | 'hostIPs'
  | 'podIP'
  | 'podIPs'
  | 'startTime'
  | 'reason'
  | 'message'
  | 'observedGeneration'
>;

/** What a pod's status has to be, from its spec and what was observed (kubelet's generateAPIPodStatus). */
export function podStatus(inputs: PodStatusInputs): KubeletPodStatus {
  const { pod, observed, hostIPs, now } = inputs;
  const before = pod.status ?? {};
  const statuses = containerStatuses(inputs);
  // What has ended never comes back, whatever else is seen later.
  const phase = isTerminal(before.phase) ? (before.phase ?? 'Failed') : podPhase(pod, statuses, inputs.ended);
  const podIPs = podAddresses(inputs);
  const sandboxReady = observed.sandboxes[0]?.state === 'SANDBOX_READY' && podIPs.length > 0;
  const generation = pod.metadata.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: podConditions({ pod, phase, statuses, sandboxReady, now }),
    containerStatuses: statuses,
    hostIP: hostIPs[0] ?? '',
    hostIPs: hostIPs.map((ip) => ({ ip })),
    ...(podIPs[0] === undefined ? {} : { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }),
    startTime: inputs.startTime,
    ...(before.reason ? { reason: before.reason } : {}),
    ...(before.message ? { message: before.message } : {}),
  };
}

/** The addresses of the newest sandbox; the last ones known when it has ended with its pod. */
export function podAddresses({
  pod,
  observed,
  hostIPs,
  ended,
}: Pick<PodStatusInputs, 'pod' | 'observed' | 'hostIPs' | 'ended'>): string[] {
  if (podSpec(pod).hostNetwork) return [...hostIPs];
  const ready = observed.sandboxes.find(({ state }) => state === 'SANDBOX_READY');
  if (ready?.network?.ip) return [ready.network.ip, ...ready.network.additionalIps.map(({ ip }) => ip)];
  const before = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
  return ended || isTerminal(pod.status?.phase) || pod.metadata.deletionTimestamp !== undefined ? before : [];
}
