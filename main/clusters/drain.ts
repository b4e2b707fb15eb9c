import { sleep, type Clock } from '#common/base/clock.ts';
import type { Client } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';

/** How long pods are waited for before the machine is stopped under them. */
const PATIENCE_MS = 40_000;
const LOOK_AGAIN_MS = 250;

/** Keeps new pods away, or lets them come again. A node that is not there needs neither. */
export async function setSchedulable(client: Client, node: string, schedulable: boolean): Promise<void> {
  const patch = { spec: { unschedulable: schedulable ? null : true } };
  await client.patch(nodes, { name: node }, 'merge', patch).catch(unlessMissing);
}

/** Moves what runs on a node elsewhere: keeps new pods away, and ends each pod with its own grace. */
export async function drain(client: Client, node: string, clock: Clock, signal: AbortSignal): Promise<void> {
  await setSchedulable(client, node, false);
  const onNode = async (): Promise<readonly Stored<Pod>[]> => {
    const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${node}` }, signal);
    // One that has ended but is being deleted still needs its kubelet, to be gone.
    return items.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp !== undefined || (status?.phase !== 'Succeeded' && status?.phase !== 'Failed'),
    );
  };
  const present = await onNode();
  await Promise.all(
    present.map(({ metadata: { namespace = '', name, uid } }) =>
      client.delete(pods, { namespace, name }, { preconditions: { uid } }).catch(unlessMissing),
    ),
  );
  const end = clock.monotonic() + PATIENCE_MS;
  while ((await onNode()).length > 0 && clock.monotonic() < end) await sleep(clock, LOOK_AGAIN_MS, signal);
}

/**
 * What the node's silence would tell in a minute, told at once: whoever stopped the machine knows it.
 * Same words as the node lifecycle controller's.
 */
export async function reportStopped(client: Client, node: string, clock: Clock): Promise<void> {
  let object: Stored<Node>;
  try {
    object = await client.get(nodes, { name: node });
  } catch (error) {
    unlessMissing(error);
    return;
  }
  const now = timeText(clock.now());
  const conditions = (object.status?.conditions ?? []).map((condition) => ({
    ...condition,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }));
  const patch = { status: { conditions } };
  await client.patch(nodes, { name: node }, 'strategic', patch, { subresource: 'status' }).catch(unlessMissing);
}

/** Takes the node out of the cluster. What was bound to it ends with it. */
export async function unregister(client: Client, node: string): Promise<void> {
  await client.delete(nodes, { name: node }).catch(unlessMissing);
}

function unlessMissing(error: unknown): void {
  if (!isStatus(error, 'NotFound')) throw error;
}
