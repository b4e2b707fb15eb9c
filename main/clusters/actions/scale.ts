import type { Client } from '#common/client/client.ts';
import { replicationControllers } from '#common/kube/resources.ts';
import { onApi } from './api-errors.ts';

interface ScaleRequest {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
}

export async function scale(client: Client, { namespace, name, replicas }: ScaleRequest): Promise<null> {
  return onApi(name, async () => {
    const patch = { spec: { replicas } };
    await client.patch(replicationControllers, { namespace, name }, 'merge', patch, { subresource: 'scale' });
    return null;
  });
}
