import type { Client } from '#common/client/client.ts';
import { pods, replicationControllers, type Pod, type ReplicationController } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { controllerOf, ownedBy } from '../owners.ts';

/**
 * The pods that belong to the controller: its own that it still selects, and selected ones that nobody
 * owns, which it adopts. Its own that it selects no longer are released.
 */
export async function claimPods(
  client: Client,
  owner: Stored<ReplicationController>,
  candidates: readonly Stored<Pod>[],
): Promise<Stored<Pod>[]> {
  const selector = LabelSelector.fromMap(owner.spec?.selector);
  const goes = owner.metadata.deletionTimestamp !== undefined;
  let current: Promise<boolean> | undefined;
  const mayAdopt = (): Promise<boolean> => (current ??= isCurrent(client, owner));
  const claimed = await Promise.all(
    candidates.map(async (pod) => {
      const controller = controllerOf(pod);
      const selected = !selector.isEverything && selector.matches(pod.metadata.labels);
      if (controller) {
        if (controller.uid !== owner.metadata.uid) return undefined;
        if (!selected && !goes) await release(client, owner, pod);
        return selected ? pod : undefined;
      }
      if (!selected || goes || !(await mayAdopt())) return undefined;
      return (await adopt(client, owner, pod)) ? pod : undefined;
    }),
  );
  return claimed.filter((pod) => pod !== undefined);
}

/**
 * Asks the API itself: an informer may still show a controller that is gone or going, and pods that it was
 * told to leave behind would be collected with it.
 */
async function isCurrent(client: Client, owner: Stored<ReplicationController>): Promise<boolean> {
  const { namespace = '', name, uid } = owner.metadata;
  try {
    const { metadata } = await client.get(replicationControllers, { namespace, name });
    return metadata.uid === uid && metadata.deletionTimestamp === undefined;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

/** False when the pod went, or someone else was quicker. */
async function adopt(client: Client, owner: Stored<ReplicationController>, pod: Stored<Pod>): Promise<boolean> {
  const patch = { metadata: { uid: pod.metadata.uid, ownerReferences: [ownedBy(owner)] } };
  return attempt(client, pod, patch);
}

async function release(client: Client, owner: Stored<ReplicationController>, pod: Stored<Pod>): Promise<void> {
  const patch = {
    metadata: { uid: pod.metadata.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }] },
  };
  await attempt(client, pod, patch);
}

async function attempt(client: Client, pod: Stored<Pod>, patch: unknown): Promise<boolean> {
  const { namespace = '', name } = pod.metadata;
  try {
    await client.patch(pods, { namespace, name }, 'strategic', patch);
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict') || isStatus(error, 'Invalid')) return false;
    throw error;
  }
}
