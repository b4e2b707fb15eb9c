import type { DeepReadonly } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import type { PodIdentity } from './labels.ts';

export type StoredPod = Stored<Pod>;
export type PodSpec = DeepReadonly<NonNullable<Pod['spec']>>;
export type PodStatus = DeepReadonly<NonNullable<Pod['status']>>;
export type ContainerSpec = PodSpec['containers'][number];
export type ContainerStatusEntry = NonNullable<PodStatus['containerStatuses']>[number];
export type PodCondition = NonNullable<PodStatus['conditions']>[number];

export function podSpec(pod: StoredPod): PodSpec {
  return pod.spec ?? { containers: [] };
}

export function podIdentity(pod: StoredPod): PodIdentity {
  return { uid: pod.metadata.uid, namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
}

/** How long containers may take to end, in seconds: what the deletion says, else the spec, else upstream's default. */
export function gracePeriodSeconds(pod: StoredPod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? podSpec(pod).terminationGracePeriodSeconds ?? 30;
}

export function isTerminal(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The pod's name in its own network: spec.hostname, else its name, cut to what the kernel takes. */
export function podHostname(pod: StoredPod): string {
  const hostname = podSpec(pod).hostname ?? pod.metadata.name;
  return hostname.slice(0, 63).replace(/[-.]+$/, '');
}
