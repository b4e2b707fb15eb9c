import type { TellPod } from '../events/pod-events.ts';
import { CONTAINER_NAME_LABEL, GRACE_PERIOD } from './labels.ts';
import type { ObservedContainer, ObservedPod } from './observed-pod.ts';
import { gracePeriodSeconds, type StoredPod } from './pod.ts';
import type { ContainerToStop } from './plan.ts';
import type { PodSyncParts } from './sync-parts.ts';

/** The shortest time that a container is given to end (kubelet's minimumGracePeriodInSeconds). */
const MINIMUM_GRACE_SECONDS = 1;

/** Ends all containers of a pod, then its sandboxes. `pod` may be unknown: then what the containers tell holds. */
export async function stopPod(
  parts: Pick<PodSyncParts, 'runtime'>,
  pod: StoredPod | undefined,
  observed: ObservedPod,
  tell: TellPod,
  signal: AbortSignal,
): Promise<void> {
  const running = observed.containers.filter(isAlive).map((status) => {
    const name = status.labels[CONTAINER_NAME_LABEL] ?? status.metadata.name;
    return { status, name, message: `Stopping container ${name}` };
  });
  await stopContainers(parts, pod, running, tell, signal);
  for (const { id, state } of observed.sandboxes) {
    if (state === 'SANDBOX_READY') await parts.runtime.stopPodSandbox(id);
  }
}

export async function stopContainers(
  { runtime }: Pick<PodSyncParts, 'runtime'>,
  pod: StoredPod | undefined,
  containers: readonly ContainerToStop[],
  tell: TellPod,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    containers.map(async ({ status, name, message }) => {
      tell('Normal', 'Killing', message, name);
      const grace = pod ? gracePeriodSeconds(pod) : Number(status.annotations[GRACE_PERIOD] ?? 30);
      await runtime.stopContainer(status.id, Math.max(MINIMUM_GRACE_SECONDS, grace), signal);
    }),
  );
}

/** Something of the pod may still run. */
export function isAnythingAlive(observed: ObservedPod): boolean {
  return observed.containers.some(isAlive) || observed.sandboxes.some(({ state }) => state === 'SANDBOX_READY');
}

function isAlive({ state }: ObservedContainer): boolean {
  return state === 'CONTAINER_RUNNING' || state === 'CONTAINER_UNKNOWN';
}
