import type { IReplicationControllerStatus } from 'kubernetes-models/v1/ReplicationControllerStatus';
import { mutableCopy } from '#common/base/freeze.ts';
import type { Client } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import { replicationControllers, type Pod, type ReplicationController } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { isPodAvailable, isPodReady } from '../pods.ts';

type Conditions = NonNullable<IReplicationControllerStatus['conditions']>;

/** What the controller reports: how many pods there are, and how far they have come. */
export function statusOf(
  owner: Stored<ReplicationController>,
  owned: readonly Stored<Pod>[],
  failure: Error | undefined,
  now: number,
): IReplicationControllerStatus {
  const template = LabelSelector.fromMap(owner.spec?.template?.metadata?.labels);
  const { minReadySeconds = 0 } = owner.spec ?? {};
  const count = (test: (pod: Stored<Pod>) => boolean): number => owned.filter(test).length;
  const others = (owner.status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  const failed = owner.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  // The first failure's words stay: names that were tried differ each time, and every write asks for another try.
  const failing = failure && (failed ?? newFailure(owner, owned, failure, now));
  const conditions = mutableCopy<Conditions>(failing ? [...others, failing] : others);
  return {
    replicas: owned.length,
    ...positive(
      'fullyLabeledReplicas',
      count((pod) => template.matches(pod.metadata.labels)),
    ),
    ...positive('readyReplicas', count(isPodReady)),
    ...positive(
      'availableReplicas',
      count((pod) => isPodAvailable(pod, minReadySeconds, now)),
    ),
    observedGeneration: owner.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function newFailure(
  owner: Stored<ReplicationController>,
  owned: readonly Stored<Pod>[],
  failure: Error,
  now: number,
): Conditions[number] {
  return {
    type: 'ReplicaFailure',
    status: 'True',
    reason: owned.length > (owner.spec?.replicas ?? 0) ? 'FailedDelete' : 'FailedCreate',
    message: failure.message,
    lastTransitionTime: timeText(now),
  };
}

/** Zero counts are left out, as upstream's omitempty does. */
function positive(name: string, count: number): Record<string, number> {
  return count > 0 ? { [name]: count } : {};
}

export async function writeStatus(
  client: Client,
  owner: Stored<ReplicationController>,
  status: IReplicationControllerStatus,
): Promise<void> {
  if (JSON.stringify(sorted(status)) === JSON.stringify(sorted(owner.status))) return;
  const { namespace = '', name, resourceVersion } = owner.metadata;
  const object: ReplicationController = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { namespace, name, resourceVersion },
    status,
  };
  try {
    await client.update(replicationControllers, object, { subresource: 'status' });
  } catch (error) {
    // It has changed or gone meanwhile: its key is already in the queue again.
    if (!isStatus(error, 'Conflict') && !isStatus(error, 'NotFound')) throw error;
  }
}

function sorted(value: object | undefined): unknown {
  return value && Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
