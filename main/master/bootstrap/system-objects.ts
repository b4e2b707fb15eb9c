import type { Client } from '#common/client/client.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { namespaces, type Resource } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { SYSTEM_NAMESPACES } from '../apiserver/admission/namespace-lifecycle.ts';

/** Makes what every cluster has from its first start on. Run at each start: what is there stays as it is. */
export async function createSystemObjects(client: Client): Promise<void> {
  await Promise.all(
    SYSTEM_NAMESPACES.map((name) =>
      createIfMissing(client, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    ),
  );
}

export async function createIfMissing<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
): Promise<void> {
  await client.create(resource, object).catch((error: unknown) => {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  });
}
