import type { IObjectMeta } from '@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta';
import type { DeepReadonly } from '#common/base/freeze.ts';

/** What every Kubernetes object has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata?: IObjectMeta;
}

export type ObjectMeta = IObjectMeta;

/** The metadata of an object that the API server has stored. */
export type StoredMeta = DeepReadonly<IObjectMeta> & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** An object as the API server gives it: complete metadata, and frozen, for it is shared by all readers. */
export type Stored<T extends KubeObject = KubeObject> = DeepReadonly<Omit<T, 'metadata'>> & {
  readonly metadata: StoredMeta;
};

/** `namespace/name`, or `name` for cluster-scoped objects: the key of informers and work queues. */
export type ObjectKey = string & { readonly __brand: 'ObjectKey' };

export function objectKey(namespace: string | undefined, name: string): ObjectKey {
  return (namespace ? `${namespace}/${name}` : name) as ObjectKey;
}

export function keyOf(object: {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}): ObjectKey {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

export function splitKey(key: ObjectKey): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
