import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';

export type ReferredKind = 'secret' | 'configmap' | 'persistentvolumeclaim' | 'serviceaccount';

type Spec = NonNullable<Stored<Pod>['spec']>;
type Volume = NonNullable<Spec['volumes']>[number];

const MIRROR = 'kubernetes.io/config.mirror';

/** Tells of each object of the pod's namespace that its kubelet needs (pkg/api/v1/pod, VisitPodSecretNames). */
export function visitReferences(pod: Stored<Pod>, visit: (kind: ReferredKind, name: string) => void): void {
  const { spec } = pod;
  // A kubelet makes mirror pods itself: they must not open anything to it.
  if (!spec || pod.metadata.annotations?.[MIRROR] !== undefined) return;
  const tell = (kind: ReferredKind, name: string | undefined): void => {
    if (name) visit(kind, name);
  };
  tell('serviceaccount', spec.serviceAccountName);
  for (const { name } of spec.imagePullSecrets ?? []) tell('secret', name);
  for (const volume of spec.volumes ?? []) visitVolume(pod.metadata.name, volume, tell);
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  for (const { env = [], envFrom = [] } of [...containers, ...initContainers, ...ephemeralContainers]) {
    for (const { valueFrom } of env) {
      tell('secret', valueFrom?.secretKeyRef?.name);
      tell('configmap', valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom) {
      tell('secret', secretRef?.name);
      tell('configmap', configMapRef?.name);
    }
  }
}

function visitVolume(pod: string, volume: Volume, tell: (kind: ReferredKind, name: string | undefined) => void): void {
  tell('secret', volume.secret?.secretName);
  tell('secret', volume.azureFile?.secretName);
  tell('secret', volume.csi?.nodePublishSecretRef?.name);
  for (const { secretRef } of [
    volume.cephfs,
    volume.flexVolume,
    volume.iscsi,
    volume.rbd,
    volume.scaleIO,
    volume.storageos,
  ].filter((source) => source !== undefined)) {
    tell('secret', secretRef?.name);
  }
  tell('configmap', volume.configMap?.name);
  tell('persistentvolumeclaim', volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral) tell('persistentvolumeclaim', `${pod}-${volume.name}`);
  for (const { secret, configMap } of volume.projected?.sources ?? []) {
    tell('secret', secret?.name);
    tell('configmap', configMap?.name);
  }
}
