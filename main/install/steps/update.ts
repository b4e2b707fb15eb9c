import { AppError } from '#common/base/app-error.ts';
import { leases, type Lease } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { installationOf, noteInstallation, readInstallation, type Installation } from '../installation.ts';
import { notReadyError } from '../node-agent.ts';
import { hasUsableCertificate } from '../node-certificate.ts';
import type { NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';
import { isNewer } from '../version-order.ts';
import { waitForObject } from '../wait-for-object.ts';
import { agent, restartAgent } from './agent.ts';
import { images } from './images.ts';
import { kernel } from './kernel.ts';
import { node } from './node.ts';
import { runtime } from './runtime.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const PATIENCE_MS = 60_000;

/**
 * Brings a node that stands what this version of the app would install, and an agent whose certificate has ended
 * the means to ask for another. Pods go on meanwhile. Fails with `cluster-newer` where a newer app was here before.
 */
export const update: Step<NodeContext> = {
  id: 'update',
  expectedMs: 200,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    const found = await readInstallation(connection, signal);
    requireNotNewer(context, found);
    const wanted = await installationOf(context, connection, signal);
    if (found?.version !== wanted.version || found.digest !== wanted.digest) return false;
    return hasUsableCertificate(context, connection, signal);
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    const wanted = await installationOf(context, connection, signal);
    requireNotNewer(context, await readInstallation(connection, signal));
    // A machine that has just booted may still be starting it.
    await connection.run(['systemctl', 'start', 'containerd'], { signal, accept: [0, 1, 5] });
    let restarted = false;
    for (const step of [runtime, kernel, node, images, agent]) {
      if (await step.isDone(context, signal)) continue;
      await step.run(context, report, signal);
      restarted ||= step === agent;
    }
    await noteInstallation(connection, wanted, signal);
    // Also after the agent's own step, which leaves one alone that is up, if only to end again for want of a certificate.
    if (!(await hasUsableCertificate(context, connection, signal))) {
      report({ line: 'The certificate of the node has ended: the agent asks for another' });
      await restartAgent(context, connection, report, signal);
    } else if (!restarted) return;
    await waitForHeartbeat(context, signal);
  },
};

function requireNotNewer({ cluster, assets }: NodeContext, found: Installation | undefined): void {
  if (!found || !isNewer(found.version, assets.version)) return;
  throw new AppError('cluster-newer', { params: { cluster: cluster.name, version: found.version } });
}

/** An agent that has just been restarted proves by its lease that it has found the cluster, which took it in. */
async function waitForHeartbeat(context: NodeContext, signal: AbortSignal): Promise<void> {
  const { client, clock, node: name } = context;
  const fieldSelector = `metadata.name=${name}`;
  const { items } = await client.list(leases, { namespace: LEASE_NAMESPACE, fieldSelector }, signal);
  const last = items[0]?.spec?.renewTime;
  const accept = (lease: Stored<Lease> | undefined): boolean =>
    lease?.spec?.renewTime !== undefined && lease.spec.renewTime !== last;
  const ref = { namespace: LEASE_NAMESPACE, name };
  if (await waitForObject(client, leases, ref, { clock, patienceMs: PATIENCE_MS, signal, accept })) return;
  throw await notReadyError(context, 'the agent does not reach the cluster', signal);
}
