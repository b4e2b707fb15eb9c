import type { IOwnerReference } from '@kubernetes-models/apimachinery/apis/meta/v1/OwnerReference';
import type { DeepReadonly } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';

export type OwnerReference = DeepReadonly<IOwnerReference>;

/** The one owner that manages the object. */
export function controllerOf(object: Pick<Stored, 'metadata'>): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** The reference by which what `owner` makes belongs to it. */
export function ownedBy(owner: Stored): IOwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
