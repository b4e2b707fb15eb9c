import type { Client, ObjectRef } from '#common/client/client.ts';
import { replicationControllers, services } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { onApi } from './api-errors.ts';

/** Deletes a controller with its pods, and the Services that lead to nothing but them. */
export async function deleteWorkload(client: Client, ref: Required<ObjectRef>): Promise<null> {
  const { namespace, name } = ref;
  return onApi(name, async () => {
    const controller = await client.get(replicationControllers, ref);
    const labels = controller.spec?.template?.metadata?.labels ?? {};
    const leading = (await client.list(services, { namespace })).items.filter(
      ({ spec }) => spec?.selector && LabelSelector.fromMap(spec.selector).matches(labels),
    );
    await client.delete(replicationControllers, { namespace, name }, { propagationPolicy: 'Background' });
    await Promise.all(
      leading
        .filter((service) => service.metadata.name === name)
        .map((service) => client.delete(services, { namespace, name: service.metadata.name })),
    );
    return null;
  });
}
