import { mutableCopy } from '#common/base/freeze.ts';
import type { Scope } from '#common/base/scope.ts';
import { keyOf, objectKey, splitKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { configMaps, namespaces, type ConfigMap } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { ROOT_CA_CONFIG_MAP } from '../../apiserver/admission/service-account-token.ts';
import { runController, type ControllerContext } from '../controller.ts';

const DESCRIPTION = 'kubernetes.io/description';
const DESCRIPTION_TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps the ConfigMap by which pods know the API server true in every namespace. `rootCa` is PEM. */
export function startRootCa(context: ControllerContext, rootCa: string, scope: Scope): void {
  runController<ObjectKey>('root-ca', context, scope, (queue) => {
    const { client, informers } = context;
    const spaces = informers.for(namespaces);
    const maps = informers.for(configMaps);
    spaces.subscribe(({ current }) => {
      if (current) queue.add(keyOf(current));
    });
    maps.subscribe(({ previous, current }) => {
      const { name, namespace = '' } = (current ?? previous)!.metadata;
      if (name === ROOT_CA_CONFIG_MAP) queue.add(objectKey(undefined, namespace));
    });
    return {
      informers: [spaces, maps],
      workers: 1,
      async reconcile(key) {
        const { name: namespace } = splitKey(key);
        if (spaces.get(key)?.status?.phase !== 'Active') return;
        const current = maps.get(objectKey(namespace, ROOT_CA_CONFIG_MAP));
        try {
          if (!current) await client.create(configMaps, published(namespace, rootCa));
          else if (!isTrue(current, rootCa)) {
            const { data, metadata } = published(namespace, rootCa);
            const copy = mutableCopy<ConfigMap>(current);
            const annotations = { ...copy.metadata?.annotations, ...metadata?.annotations };
            await client.update(configMaps, { ...copy, metadata: { ...copy.metadata, annotations }, data: data! });
          }
        } catch (error) {
          // Someone else wrote it, which brings it into the queue again, or the namespace is going.
          if (isStatus(error, 'AlreadyExists') || isStatus(error, 'Conflict') || isStatus(error, 'NotFound')) return;
          if (isStatus(error, 'Forbidden') && spaces.get(key)?.metadata.deletionTimestamp !== undefined) return;
          throw error;
        }
      },
    };
  });
}

function published(namespace: string, rootCa: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ROOT_CA_CONFIG_MAP, namespace, annotations: { [DESCRIPTION]: DESCRIPTION_TEXT } },
    data: { 'ca.crt': rootCa },
  };
}

function isTrue({ data = {}, metadata }: Stored<ConfigMap>, rootCa: string): boolean {
  const [key, ...others] = Object.keys(data);
  return (
    key === 'ca.crt' && others.length === 0 && data[key] === rootCa && metadata.annotations?.[DESCRIPTION] !== undefined
  );
}
