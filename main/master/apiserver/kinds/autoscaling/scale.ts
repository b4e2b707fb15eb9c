import type { IScale } from 'kubernetes-models/autoscaling/v1/Scale';
import { fieldError } from '#common/kube/field-error.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import type { Draft, ViewSubresource } from '../../kind.ts';

interface Scalable<T extends KubeObject> {
  replicas(object: Stored<T>): number;
  currentReplicas(object: Stored<T>): number;
  /** The label selector of its pods, as text. */
  selector(object: Stored<T>): string;
  setReplicas(draft: Draft<T>, replicas: number): void;
}

/** autoscaling/v1 Scale: one door for changing the number of replicas of any workload. */
export function scaleSubresource<T extends KubeObject>(scalable: Scalable<T>): ViewSubresource<T> {
  return {
    style: 'view',
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    type: 'autoscaling.v1.Scale',
    read(object): IScale {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      return {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
        spec: { replicas: scalable.replicas(object) },
        status: { replicas: scalable.currentReplicas(object), selector: scalable.selector(object) },
      };
    },
    write(draft, view) {
      const replicas = (view as IScale).spec?.replicas ?? 0;
      if (replicas < 0) {
        return [fieldError.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')];
      }
      scalable.setReplicas(draft, replicas);
      return [];
    },
  };
}
