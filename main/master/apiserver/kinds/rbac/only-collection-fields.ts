import type { KubeObject, Stored } from '#common/kube/object.ts';
import { sameJson } from '../../handlers/write-object.ts';
import type { Draft } from '../../kind.ts';

/** Whether an update is only about owners and finalizers: the garbage collector grants nothing by that. */
export function changesOnlyCollectionFields<T extends KubeObject>(draft: Draft<T>, old: Stored<T>): boolean {
  return sameJson(withoutThem(draft), withoutThem(old));
}

function withoutThem(object: { readonly metadata: object }): unknown {
  const {
    ownerReferences: _o,
    finalizers: _f,
    resourceVersion: _r,
    managedFields: _m,
    ...metadata
  } = object.metadata as Record<string, unknown>;
  return { ...object, metadata };
}
