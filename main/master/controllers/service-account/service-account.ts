import type { Scope } from '#common/base/scope.ts';
import { keyOf, objectKey, splitKey, type ObjectKey } from '#common/kube/object.ts';
import { namespaces, serviceAccounts } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type ControllerContext } from '../controller.ts';

const DEFAULT_ACCOUNT = 'default';

/** Gives every namespace its `default` service account, also again when someone deletes it. */
export function startServiceAccounts(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>('service-account', context, scope, (queue) => {
    const spaces = context.informers.for(namespaces);
    const accounts = context.informers.for(serviceAccounts);
    spaces.subscribe(({ current }) => {
      if (current) queue.add(keyOf(current));
    });
    accounts.subscribe(({ previous, current }) => {
      const { name, namespace } = (current ?? previous)!.metadata;
      if (!current && name === DEFAULT_ACCOUNT) queue.add(objectKey(undefined, namespace ?? ''));
    });
    return {
      informers: [spaces, accounts],
      workers: 1,
      async reconcile(key) {
        const { name: namespace } = splitKey(key);
        if (spaces.get(key)?.status?.phase !== 'Active') return;
        if (accounts.get(objectKey(namespace, DEFAULT_ACCOUNT))) return;
        try {
          await context.client.create(serviceAccounts, {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name: DEFAULT_ACCOUNT, namespace },
          });
        } catch (error) {
          // It was there already, or the namespace is going: nothing can be made in it any more.
          if (isStatus(error, 'AlreadyExists') || isStatus(error, 'NotFound')) return;
          if (isStatus(error, 'Forbidden') && spaces.get(key)?.metadata.deletionTimestamp !== undefined) return;
          throw error;
        }
      },
    };
  });
}
