import { deepFreeze } from '#common/base/freeze.ts';
import type { ContainerStatus, PodSandboxStatus } from '../cri/types.ts';
import { containerHash } from '../kubelet/pods/containers/hash.ts';
import { CONTAINER_HASH, CONTAINER_NAME_LABEL, RESTART_COUNT } from '../kubelet/pods/labels.ts';
import type { ObservedContainer } from '../kubelet/pods/observed-pod.ts';
import type { PodSpec, PodStatus, StoredPod } from '../kubelet/pods/pod.ts';

/** A pod with one container `web` of image `web:1`, unless told otherwise. */
export function pod(
  spec: Partial<PodSpec> = {},
  status: PodStatus = {},
  metadata: Partial<StoredPod['metadata']> = {},
): StoredPod {
  return deepFreeze({
    apiVersion: 'v1' as const,
    kind: 'Pod' as const,
    metadata: {
      name: 'web-1',
      namespace: 'default',
      uid: 'uid-1',
      resourceVersion: '1',
      creationTimestamp: '2030-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec },
    status,
  });
}

/** What the runtime tells of a container `web` that runs, unless told otherwise. */
export function container(
  change: Partial<ContainerStatus> & { readonly restartCount?: number } = {},
): ObservedContainer {
  const { restartCount = 0, ...status } = change;
  const name = status.metadata?.name ?? 'web';
  return {
    id: `id-${name}-${restartCount}`,
    podSandboxId: 'sandbox-1',
    metadata: { name, attempt: restartCount },
    state: 'CONTAINER_RUNNING',
    createdAt: (restartCount + 1) * 1e9,
    startedAt: Date.UTC(2030, 0, 1) * 1e6,
    finishedAt: 0,
    exitCode: 0,
    image: { image: 'sha256:1', userSpecifiedImage: 'web:1' },
    imageRef: 'sha256:1',
    reason: '',
    message: '',
    labels: { [CONTAINER_NAME_LABEL]: name },
    annotations: {
      [RESTART_COUNT]: String(restartCount),
      [CONTAINER_HASH]: containerHash({ name, image: 'web:1' }),
    },
    logPath: '',
    ...status,
  };
}

export function exited(exitCode: number, change: Parameters<typeof container>[0] = {}): ObservedContainer {
  return container({
    state: 'CONTAINER_EXITED',
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    finishedAt: Date.UTC(2030, 0, 1, 0, 0, 5) * 1e6,
    ...change,
  });
}

/** A sandbox that is ready, with its address, unless told otherwise. */
export function sandbox(change: Partial<PodSandboxStatus> = {}): PodSandboxStatus {
  return {
    id: 'sandbox-1',
    metadata: { name: 'web-1', namespace: 'default', uid: 'uid-1', attempt: 0 },
    state: 'SANDBOX_READY',
    createdAt: 1e9,
    labels: {},
    annotations: {},
    network: { ip: '10.244.1.2', additionalIps: [] },
    linux: { namespaces: { options: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' } } },
    ...change,
  };
}
