import type { ContainerConfig, Image, LinuxContainerResources, Mount } from '../../../cri/types.ts';
import { expand } from '../environment/expansion.ts';
import {
  CONTAINER_HASH,
  CONTAINER_NAME_LABEL,
  GRACE_PERIOD,
  RESTART_COUNT,
  TERMINATION_MESSAGE_PATH,
  TERMINATION_MESSAGE_POLICY,
  podLabels,
} from '../labels.ts';
import { podIdentity, podSpec, type ContainerSpec, type StoredPod } from '../pod.ts';
import { containerHash } from './hash.ts';
import { containerSecurityContext } from './security-context.ts';

export const DEFAULT_TERMINATION_MESSAGE_PATH = '/dev/termination-log';

export interface ContainerParts {
  readonly image: Image;
  readonly restartCount: number;
  readonly variables: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly resources: LinuxContainerResources;
}

/** The CRI configuration of a container (kuberuntime's generateContainerConfig). */
export function containerConfig(pod: StoredPod, container: ContainerSpec, parts: ContainerParts): ContainerConfig {
  const { image, restartCount, variables, mounts, resources } = parts;
  const expanded = (texts: readonly string[] | undefined): string[] =>
    (texts ?? []).map((text) => expand(text, variables));
  const grace = podSpec(pod).terminationGracePeriodSeconds;
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: image.id, userSpecifiedImage: container.image ?? '' },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...variables].map(([key, value]) => ({ key, value: Buffer.from(value, 'utf8') })),
    mounts,
    labels: { ...podLabels(podIdentity(pod)), [CONTAINER_NAME_LABEL]: container.name },
    annotations: {
      [CONTAINER_HASH]: containerHash(container),
      [RESTART_COUNT]: String(restartCount),
      [TERMINATION_MESSAGE_PATH]: container.terminationMessagePath ?? DEFAULT_TERMINATION_MESSAGE_PATH,
      [TERMINATION_MESSAGE_POLICY]: container.terminationMessagePolicy ?? 'File',
      ...(grace === undefined ? {} : { [GRACE_PERIOD]: String(grace) }),
    },
    logPath: containerLogPath(container.name, restartCount),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: { resources, securityContext: containerSecurityContext(pod, container, image) },
  };
}

/** Below the pod's log directory. */
export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`;
}
