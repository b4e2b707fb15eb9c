import type { ContainerStatus, PodSandboxStatus } from '../../cri/types.ts';
import { containerHash } from './containers/hash.ts';
import { CONTAINER_HASH } from './labels.ts';
import { incarnations, type ObservedPod } from './observed-pod.ts';
import { podSpec, type ContainerSpec, type StoredPod } from './pod.ts';

export interface ContainerToStop {
  readonly status: ContainerStatus;
  readonly name: string;
  /** Why, as the Killing event tells it. */
  readonly message: string;
}

/** What has to be done to bring a pod from what is observed to what its spec wants. */
export interface PodPlan {
  /** All containers and sandboxes end: the sandbox is of no use any more, or the pod has done its work. */
  readonly stopPod: boolean;
  /** The attempt number of the sandbox to create; without it the newest one is kept. */
  readonly createSandbox: number | undefined;
  readonly stop: readonly ContainerToStop[];
  readonly start: readonly ContainerSpec[];
}

/** kuberuntime's computePodActions, for a pod that is to run. */
export function planPod(pod: StoredPod, observed: ObservedPod): PodPlan {
  const { containers, restartPolicy = 'Always', hostNetwork = false } = podSpec(pod);
  const newest = observed.sandboxes[0];
  const usable = usableSandbox(observed.sandboxes, hostNetwork);
  if (!usable) {
    const nothing = { stopPod: true, createSandbox: undefined, stop: [], start: [] } as const;
    // A pod that is not restarted gets no second sandbox once one of its containers has run.
    if (restartPolicy === 'Never' && newest && observed.containers.length > 0) return nothing;
    const start = containers.filter(
      ({ name }) => restartPolicy !== 'OnFailure' || !hasSucceeded(incarnations(observed, name)[0]),
    );
    if (start.length === 0) return nothing;
    return { stopPod: true, createSandbox: newest ? newest.metadata.attempt + 1 : 0, stop: [], start };
  }

  const stop: ContainerToStop[] = [];
  const start: ContainerSpec[] = [];
  let kept = 0;
  for (const container of containers) {
    const current = incarnations(observed, container.name)[0];
    if (current?.state === 'CONTAINER_RUNNING') {
      if (current.annotations[CONTAINER_HASH] === containerHash(container)) {
        kept++;
        continue;
      }
      stop.push({
        status: current,
        name: container.name,
        message: `Container ${container.name} definition changed, will be restarted`,
      });
      start.push(container);
    } else if (shouldStart(current, restartPolicy)) {
      // What is neither running nor ended has to be out of the way first.
      if (current?.state === 'CONTAINER_UNKNOWN') {
        stop.push({
          status: current,
          name: container.name,
          message: `Container is in "Unknown" state, try killing it before restart`,
        });
      }
      start.push(container);
    }
  }
  const done = kept === 0 && start.length === 0;
  return { stopPod: done, createSandbox: undefined, stop, start };
}

/** Whether a container that is not running has to be (kubelet's ShouldContainerBeRestarted). */
export function shouldStart(current: ContainerStatus | undefined, restartPolicy: string): boolean {
  switch (current?.state) {
    case undefined:
    case 'CONTAINER_CREATED':
    case 'CONTAINER_UNKNOWN':
      return true;
    case 'CONTAINER_RUNNING':
      return false;
    case 'CONTAINER_EXITED':
      return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && current.exitCode !== 0);
  }
}

/** The one sandbox that is ready, newest, and has its address; everything else has to be made anew. */
function usableSandbox(sandboxes: readonly PodSandboxStatus[], hostNetwork: boolean): PodSandboxStatus | undefined {
  const [newest] = sandboxes;
  const ready = sandboxes.filter(({ state }) => state === 'SANDBOX_READY');
  if (!newest || ready.length !== 1 || ready[0] !== newest) return undefined;
  const mode = newest.linux?.namespaces?.options?.network;
  if (mode !== undefined && (mode === 'NODE') !== hostNetwork) return undefined;
  return hostNetwork || newest.network?.ip ? newest : undefined;
}

function hasSucceeded(status: ContainerStatus | undefined): boolean {
  return status?.state === 'CONTAINER_EXITED' && status.exitCode === 0;
}
