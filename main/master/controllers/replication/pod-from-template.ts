import { mutableCopy } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Pod, ReplicationController } from '#common/kube/resources.ts';
import { ownedBy } from '../owners.ts';

/** A new pod of the controller's template, which belongs to it. */
export function podFromTemplate(owner: Stored<ReplicationController>): Pod {
  const template = mutableCopy<NonNullable<NonNullable<ReplicationController['spec']>['template']>>(
    owner.spec!.template!,
  );
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [ownedBy(owner)],
    },
    spec: template.spec!,
  };
}
