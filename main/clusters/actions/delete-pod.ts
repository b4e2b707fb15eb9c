import type { Client, ObjectRef } from '#common/client/client.ts';
import { pods } from '#common/kube/resources.ts';
import { onApi } from './api-errors.ts';

export async function deletePod(client: Client, { namespace, name }: Required<ObjectRef>): Promise<null> {
  return onApi(name, async () => {
    await client.delete(pods, { namespace, name });
    return null;
  });
}
