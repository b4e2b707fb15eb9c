import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { PodSandboxConfig } from '../../../cri/types.ts';
import type { TellPod } from '../../events/pod-events.ts';
import type { VolumePaths } from '../../volumes/volumes.ts';
import { durationText } from '../crash-loop.ts';
import type { PodAddresses } from '../environment/field-ref.ts';
import { serviceVariables } from '../environment/service-variables.ts';
import { containerEnvironment } from '../environment/variables.ts';
import { podText } from '../labels.ts';
import { incarnations, type ObservedPod } from '../observed-pod.ts';
import { podIdentity, type ContainerSpec, type StoredPod } from '../pod.ts';
import type { PodSyncParts } from '../sync-parts.ts';
import { restartCountOf } from '../status/container-status.ts';
import { containerConfig } from './container-config.ts';
import { ContainerWaiting, CreateContainerConfigError } from './errors.ts';
import { containerMounts } from './mounts.ts';
import { containerResources, qosClassOf } from './resources.ts';

export interface ContainerStart {
  readonly pod: StoredPod;
  readonly container: ContainerSpec;
  /** What was there before anything was done: only what had ended by itself then has crashed. */
  readonly before: ObservedPod;
  readonly observed: ObservedPod;
  readonly sandbox: { readonly id: string; readonly config: PodSandboxConfig };
  readonly volumes: VolumePaths;
  readonly addresses: PodAddresses;
  readonly tell: TellPod;
}

/** Starts one container in its sandbox. Throws `ContainerWaiting`, already told as an event, when it cannot be. */
export async function startContainer(parts: PodSyncParts, start: ContainerStart, signal: AbortSignal): Promise<void> {
  const { pod, container, observed, sandbox, tell } = start;
  const { uid } = podIdentity(pod);
  refuseInCrashLoop(parts, start);
  const image = await parts.images.ensure(uid, container, sandbox.config, tell, signal);
  const restartCount = nextRestartCount(pod, container, observed);
  const config = await configure(parts, start, image, restartCount);
  await parts.starts.run(async () => {
    signal.throwIfAborted();
    await mkdir(path.join(sandbox.config.logDirectory, container.name), { recursive: true });
    const id = await attempt('CreateContainerError', start, () =>
      parts.runtime.createContainer(sandbox.id, config, sandbox.config),
    );
    tell('Normal', 'Created', `Created container: ${container.name}`, container.name);
    await attempt('RunContainerError', start, () => parts.runtime.startContainer(id));
    tell('Normal', 'Started', `Started container ${container.name}`, container.name);
  });
}

async function configure(
  parts: PodSyncParts,
  { pod, container, volumes, addresses, tell }: ContainerStart,
  image: Parameters<typeof containerConfig>[2]['image'],
  restartCount: number,
): Promise<ReturnType<typeof containerConfig>> {
  const namespace = pod.metadata.namespace ?? '';
  try {
    const { variables, skipped } = containerEnvironment(pod, container, {
      addresses,
      services: serviceVariables(pod, parts.services.list()),
      allocatable: parts.node.allocatable,
      configMap: (name) => {
        const found = parts.configMaps.get(namespace, name);
        return found && (found.data ?? {});
      },
      secret: (name) => {
        const found = parts.secrets.get(namespace, name);
        return found && decoded(found.data ?? {});
      },
    });
    if (skipped.length > 0) {
      const keys = skipped.sort().join(', ');
      tell(
        'Warning',
        'InvalidEnvironmentVariableNames',
        `Keys [${keys}] from the EnvFrom sources were skipped since they are considered invalid environment variable names.`,
        container.name,
      );
    }
    return containerConfig(pod, container, {
      image,
      restartCount,
      variables,
      mounts: await containerMounts(pod, container, {
        restartCount,
        volumes,
        variables,
        directories: parts.directories,
      }),
      resources: containerResources(container, qosClassOf(pod.status), parts.node.memoryBytes, parts.cgroups.version),
    });
  } catch (error) {
    if (error instanceof CreateContainerConfigError) {
      tell('Warning', 'Failed', `Error: ${error.message}`, container.name);
    }
    throw error;
  }
}

function decoded(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

function refuseInCrashLoop(parts: PodSyncParts, { pod, container, before, tell }: ContainerStart): void {
  const last = incarnations(before, container.name)[0];
  if (last?.state !== 'CONTAINER_EXITED') return;
  const { uid } = podIdentity(pod);
  const text = podText(podIdentity(pod));
  const now = parts.context.clock.now();
  const finishedAt = last.finishedAt / 1e6;
  const wait = parts.crashLoops.waiting(uid, container.name, finishedAt, now);
  if (!wait) {
    parts.crashLoops.started(uid, container.name, finishedAt, now);
    return;
  }
  tell('Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${text}`, container.name);
  throw new ContainerWaiting(
    'CrashLoopBackOff',
    `back-off ${durationText(wait.delayMs)} restarting failed container=${container.name} pod=${text}`,
  );
}

function nextRestartCount(pod: StoredPod, container: ContainerSpec, observed: ObservedPod): number {
  const [last] = incarnations(observed, container.name);
  if (last) return restartCountOf(last) + 1;
  // The runtime has forgotten it, the API has not.
  const before = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
  return before?.containerID ? before.restartCount + 1 : 0;
}

async function attempt<T>(reason: string, { tell, container }: ContainerStart, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell('Warning', 'Failed', `Error: ${message}`, container.name);
    throw new ContainerWaiting(reason, message, error);
  }
}
