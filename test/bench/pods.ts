import type { Connections } from './connections.ts';
import { each } from './load.ts';
import { podJson, STATUS_PATCH_TYPE, statusPatch } from './objects.ts';

export const PODS = 5000;
export const PODS_PATH = '/api/v1/namespaces/default/pods';

const PARALLEL = 32;

export function podName(index: number): string {
  return `web-7d9c6b8f5-${String(index).padStart(5, '0')}`;
}

/** Makes running pods: each is created, then its status is written, as it happens in a cluster. */
export async function makePods(connections: Connections, count: number): Promise<void> {
  await each(count, PARALLEL, (index) =>
    connections.post(`${PODS_PATH}?fieldManager=kube-controller-manager`, podJson(podName(index))),
  );
  await each(count, PARALLEL, (index) =>
    connections.patch(`${PODS_PATH}/${podName(index)}/status?fieldManager=kubelet`, statusPatch(0), STATUS_PATCH_TYPE),
  );
}
