import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';

/** Counts as a replica: it has not ended and is not on its way out. */
export function isPodActive(pod: Stored<Pod>): boolean {
  return (
    pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined
  );
}

export function podCondition(
  pod: Stored<Pod>,
  type: string,
): { status: string; lastTransitionTime?: string } | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Stored<Pod>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Ready for at least so long. */
export function isPodAvailable(pod: Stored<Pod>, minReadySeconds: number, now: number): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  return ready.lastTransitionTime !== undefined && Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= now;
}

/** For an informer's index: the objects of one namespace. */
export function byNamespace(object: Pick<Stored, 'metadata'>): string[] {
  return [object.metadata.namespace ?? ''];
}
