import { timeText } from '#common/kube/time.ts';
import type { ContainerStatus } from '../../../cri/types.ts';
import { RESTART_COUNT } from '../labels.ts';
import { incarnations, type ObservedPod } from '../observed-pod.ts';
import { shouldStart } from '../plan.ts';
import { podSpec, type ContainerSpec, type ContainerStatusEntry, type StoredPod } from '../pod.ts';

export type ContainerStateEntry = NonNullable<ContainerStatusEntry['state']>;

/** Why a container that should run does not: a waiting state's reason and message. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusInputs {
  readonly pod: StoredPod;
  readonly observed: ObservedPod;
  /** What kept containers from starting at the last attempt, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Messages that ended containers left behind, by container id. */
  readonly messages: ReadonlyMap<string, string>;
  /** The pod ends, or has ended: nothing of it is started again. */
  readonly ending: boolean;
}

/** Pod.status.containerStatuses, in the order of the spec (kubelet's convertToAPIContainerStatuses). */
export function containerStatuses(inputs: ContainerStatusInputs): ContainerStatusEntry[] {
  const before = inputs.pod.status?.containerStatuses ?? [];
  return podSpec(inputs.pod).containers.map((container) =>
    containerStatus(
      container,
      inputs,
      before.find(({ name }) => name === container.name),
    ),
  );
}

function containerStatus(
  container: ContainerSpec,
  inputs: ContainerStatusInputs,
  before: ContainerStatusEntry | undefined,
): ContainerStatusEntry {
  const { observed, waiting, ending, pod } = inputs;
  const [current, previous] = incarnations(observed, container.name);
  if (!current) return withoutContainer(container, before, waiting.get(container.name), ending);

  let state = stateOf(current, inputs);
  let lastState = previous ? stateOf(previous, inputs) : (before?.lastState ?? {});
  const why = waiting.get(container.name);
  if (why && !ending && shouldStart(current, podSpec(pod).restartPolicy ?? 'Always')) {
    if (state.terminated) lastState = state;
    state = { waiting: { ...why } };
  }
  const running = state.running !== undefined;
  return {
    name: container.name,
    state,
    lastState,
    ready: running,
    started: running,
    restartCount: restartCountOf(current),
    image: imageName(current, container),
    imageID: current.imageRef,
    containerID: containerId(current),
    ...allocated(container, running),
  };
}

/** The runtime knows nothing of it: it was never made, or it is lost. */
function withoutContainer(
  container: ContainerSpec,
  before: ContainerStatusEntry | undefined,
  why: Waiting | undefined,
  ending: boolean,
): ContainerStatusEntry {
  const base = {
    name: container.name,
    ready: false,
    started: false,
    restartCount: before?.restartCount ?? 0,
    image: before?.image ?? container.image ?? '',
    imageID: before?.imageID ?? '',
    ...(before?.containerID === undefined ? {} : { containerID: before.containerID }),
  };
  // What has ended stays as it was told; a runtime forgets.
  if (before?.state?.terminated) return { ...base, state: before.state, lastState: before.lastState ?? {} };
  if (before?.state?.running) {
    const lost: ContainerStateEntry = {
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: ending
          ? 'The container could not be located when the pod was terminated'
          : 'The container could not be located when the pod was deleted.  The container used to be Running',
      },
    };
    if (ending) return { ...base, state: lost, lastState: before.lastState ?? {} };
    return { ...base, state: { waiting: why ?? { reason: 'ContainerCreating' } }, lastState: lost };
  }
  return { ...base, state: { waiting: why ?? { reason: 'ContainerCreating' } }, lastState: before?.lastState ?? {} };
}

function stateOf(status: ContainerStatus, { messages }: ContainerStatusInputs): ContainerStateEntry {
  switch (status.state) {
    case 'CONTAINER_CREATED':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'CONTAINER_RUNNING':
      return { running: { startedAt: nanoTime(status.startedAt) } };
    case 'CONTAINER_EXITED': {
      const message = messages.get(status.id) ?? status.message;
      return {
        terminated: {
          exitCode: status.exitCode,
          reason: status.reason,
          ...(message === '' ? {} : { message }),
          startedAt: nanoTime(status.startedAt),
          finishedAt: nanoTime(status.finishedAt),
          containerID: containerId(status),
        },
      };
    }
    case 'CONTAINER_UNKNOWN':
      return {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: status.message,
          containerID: containerId(status),
        },
      };
  }
}

export function restartCountOf(status: ContainerStatus): number {
  const annotated = Number(status.annotations[RESTART_COUNT]);
  return Number.isInteger(annotated) ? annotated : status.metadata.attempt;
}

function imageName(status: ContainerStatus, container: ContainerSpec): string {
  // Containers are made by image id: the name is what the user wrote.
  return status.image.userSpecifiedImage || container.image || status.image.image;
}

function allocated(container: ContainerSpec, running: boolean): Pick<ContainerStatusEntry, 'resources'> {
  return running && container.resources ? { resources: container.resources } : {};
}

function containerId(status: ContainerStatus): string {
  return `containerd://${status.id}`;
}

function nanoTime(nanoseconds: number): string {
  return timeText(nanoseconds / 1e6);
}
