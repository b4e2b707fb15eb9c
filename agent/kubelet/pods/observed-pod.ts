import { RuntimeError, type Runtime } from '../../cri/runtime.ts';
import type { Container, ContainerStatus, PodSandbox, PodSandboxStatus } from '../../cri/types.ts';
import {
  CONTAINER_NAME_LABEL,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type PodIdentity,
} from './labels.ts';

/** What the runtime holds of one pod. */
export interface ObservedPod {
  /** The newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** All that are left of every container, in every sandbox; the newest first. */
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedContainer extends ContainerStatus {
  readonly podSandboxId: string;
}

/** Asks the runtime for one pod, in full. */
export async function observePod(runtime: Runtime, uid: string): Promise<ObservedPod> {
  const filter = { [POD_UID_LABEL]: uid };
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(filter), runtime.listContainers(filter)]);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map(({ id }) => ifPresent(runtime.podSandboxStatus(id)))),
    Promise.all(
      containers.map(async ({ id, podSandboxId }) => {
        const status = await ifPresent(runtime.containerStatus(id));
        return status && { ...status, podSandboxId };
      }),
    ),
  ]);
  return {
    sandboxes: newestFirst(sandboxStatuses),
    containers: newestFirst(containerStatuses),
  };
}

/** One line per pod of all that the runtime lists: enough to see that something changed, without asking further. */
export interface PodSummary {
  readonly pod: PodIdentity;
  readonly digest: string;
}

export async function summarizePods(runtime: Runtime): Promise<Map<string, PodSummary>> {
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
  const found = new Map<string, { pod: PodIdentity; states: string[] }>();
  for (const item of [...sandboxes, ...containers]) {
    const pod = identityOf(item);
    if (!pod) continue;
    const entry = found.get(pod.uid) ?? { pod, states: [] };
    entry.states.push(`${item.id}=${item.state}`);
    found.set(pod.uid, entry);
  }
  return new Map([...found].map(([uid, { pod, states }]) => [uid, { pod, digest: states.sort().join(' ') }]));
}

/** The digest that `summarizePods` would give of what was observed. */
export function digestOf({ sandboxes, containers }: ObservedPod): string {
  return [...sandboxes, ...containers]
    .map(({ id, state }) => `${id}=${state}`)
    .sort()
    .join(' ');
}

/** All of one container's incarnations, the newest first. */
export function incarnations(observed: ObservedPod, name: string): ObservedContainer[] {
  return observed.containers.filter(({ labels, metadata }) => (labels[CONTAINER_NAME_LABEL] ?? metadata.name) === name);
}

/** Which pod a sandbox or container is of; nothing when it is not one of Kubernetes'. */
function identityOf({ labels }: PodSandbox | Container): PodIdentity | undefined {
  const uid = labels[POD_UID_LABEL];
  if (!uid) return undefined;
  return { uid, namespace: labels[POD_NAMESPACE_LABEL] ?? '', name: labels[POD_NAME_LABEL] ?? '' };
}

function newestFirst<T extends { readonly createdAt: number }>(items: readonly (T | undefined)[]): T[] {
  return items.filter((item) => item !== undefined).sort((left, right) => right.createdAt - left.createdAt);
}

/** What was listed may be gone when it is asked for. */
async function ifPresent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RuntimeError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
