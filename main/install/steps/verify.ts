import { AppError } from '#common/base/app-error.ts';
import type { Stored } from '#common/kube/object.ts';
import { events, pods, type Pod } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { readArchitecture } from '../machine-facts.ts';
import { pauseImage } from '../node-assets.ts';
import type { NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';
import { waitForObject } from '../wait-for-object.ts';

const NAMESPACE = 'kube-system';
const PATIENCE_MS = 60_000;

/** Runs a pod on the node and removes it again: proof that the node can do what it is for. */
export const verify: Step<NodeContext> = {
  id: 'verify',
  expectedMs: 700,

  /** A pod that is ready on the node is the same proof. */
  async isDone(context, signal) {
    const { items } = await context.client.list(pods, { fieldSelector: `spec.nodeName=${context.node}` }, signal);
    return items.some(isPodReady);
  },

  async run(context, report, signal) {
    const { client, node, clock } = context;
    const ref = { namespace: NAMESPACE, name: `verify-${node}` };
    const image = pauseImage(context.assets, await readArchitecture(await context.ssh(signal), signal)).reference;
    // One of an earlier attempt would tell of that attempt.
    await remove(context, ref.name, signal);
    await client.create(pods, verificationPod(ref.name, node, image));
    let reason = 'the pod was not started';
    try {
      const ready = await waitForObject(client, pods, ref, {
        clock,
        patienceMs: PATIENCE_MS,
        signal,
        accept: (pod) => {
          reason = unreadyReason(pod);
          report({ line: pod && isPodReady(pod) ? 'A test pod runs' : `Test pod: ${reason}` });
          return pod !== undefined && isPodReady(pod);
        },
      });
      if (!ready) {
        throw new AppError('verification-failed', {
          params: { node, reason },
          lines: await warningsAbout(context, ref.name, signal),
        });
      }
    } finally {
      // Also when it was cancelled: nobody else would clean up after it.
      await remove(context, ref.name, new AbortController().signal);
    }
  },
};

function verificationPod(name: string, node: string, image: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { 'app.kubernetes.io/managed-by': 'pilothouse' } },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'pause', image, imagePullPolicy: 'IfNotPresent' }],
    },
  };
}

/** Removes the test pod and waits until it is gone. */
async function remove({ client, clock }: NodeContext, name: string, signal: AbortSignal): Promise<void> {
  const ref = { namespace: NAMESPACE, name };
  try {
    await client.delete(pods, ref, { gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    return;
  }
  await waitForObject(client, pods, ref, {
    clock,
    patienceMs: PATIENCE_MS,
    signal,
    accept: (pod) => pod === undefined,
  });
}

/** What was told of the pod: why it does not run is seldom in its status. */
async function warningsAbout({ client }: NodeContext, name: string, signal: AbortSignal): Promise<string[]> {
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${name},type=Warning`;
  const { items } = await client.list(events, { namespace: NAMESPACE, fieldSelector }, signal);
  return items.slice(-5).map(({ reason = '', message = '' }) => `${reason}: ${message}`);
}

function isPodReady(pod: Stored<Pod>): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

function unreadyReason(pod: Stored<Pod> | undefined): string {
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting;
  return waiting?.message ?? waiting?.reason ?? pod?.status?.message ?? pod?.status?.phase ?? 'gone';
}
