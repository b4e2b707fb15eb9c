import type { Runtime } from '../../cri/runtime.ts';
import { CONTAINER_NAME_LABEL } from './labels.ts';
import type { ObservedPod } from './observed-pod.ts';

/** The present incarnation of a container and the one before, whose state and log are still asked for. */
const KEPT = 2;

/** Removes what nobody asks for any more: older incarnations of containers, and sandboxes that they leave empty. */
export async function pruneDead(runtime: Runtime, observed: ObservedPod): Promise<void> {
  const counts = new Map<string, number>();
  const inUse = new Set<string>();
  for (const container of observed.containers) {
    const name = container.labels[CONTAINER_NAME_LABEL] ?? container.metadata.name;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count > KEPT && container.state !== 'CONTAINER_RUNNING') await runtime.removeContainer(container.id);
    else inUse.add(container.podSandboxId);
  }
  for (const sandbox of observed.sandboxes.slice(1)) {
    if (sandbox.state === 'SANDBOX_NOTREADY' && !inUse.has(sandbox.id)) await runtime.removePodSandbox(sandbox.id);
  }
}
