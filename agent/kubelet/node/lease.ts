import { abortReason, isAborted } from '#common/base/abort.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import type { Client } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import { leases, type Lease } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { microTimeText } from '#common/kube/time.ts';
import type { AgentContext } from '../../base/context.ts';

const NAMESPACE = 'kube-node-lease';
/** The kubelet's nodeLeaseDurationSeconds, and its renewal at a quarter of it. */
const DURATION_SECONDS = 40;
const RENEW_MS = 10_000;

/**
 * Renews the node's Lease: the sign of life that the control plane watches. `onTick` runs at each renewal,
 * before it. Failures are tried again sooner, for the control plane counts from the last success.
 */
export async function keepLease(
  client: Client,
  node: { readonly name: string; readonly uid: () => string | undefined },
  context: AgentContext,
  onTick: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let lease: Stored<Lease> | undefined;
  while (!signal.aborted) {
    let delay = RENEW_MS * (1 + 0.04 * context.random.next());
    await onTick();
    try {
      lease = await renew(client, node, lease, context.clock.now());
    } catch (error) {
      if (isAborted(signal)) throw abortReason(signal);
      lease = undefined;
      delay = 1000 + 1000 * context.random.next();
      context.log.warn('the node lease was not renewed', { error: describeError(error) });
    }
    await sleep(context.clock, delay, signal);
  }
}

async function renew(
  client: Client,
  node: { readonly name: string; readonly uid: () => string | undefined },
  held: Stored<Lease> | undefined,
  now: number,
): Promise<Stored<Lease>> {
  const uid = node.uid();
  const owner = uid && { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid }] };
  const wanted = {
    holderIdentity: node.name,
    leaseDurationSeconds: DURATION_SECONDS,
    renewTime: microTimeText(now),
  };
  const current = held ?? (await existing(client, node.name));
  const body: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: node.name,
      namespace: NAMESPACE,
      ...(owner || {}),
      ...(current ? { resourceVersion: current.metadata.resourceVersion } : {}),
    },
    spec: wanted,
  };
  return current ? client.update(leases, body) : client.create(leases, body);
}

async function existing(client: Client, name: string): Promise<Stored<Lease> | undefined> {
  try {
    return await client.get(leases, { namespace: NAMESPACE, name });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
