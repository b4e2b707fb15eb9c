import type { Informer } from '#common/client/informer.ts';
import type { Tone, WorkloadRow } from '#common/contract/rows.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Node, ReplicationController, Service } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { serviceUrls } from './urls.ts';

export function workloadRow(
  object: Stored<ReplicationController>,
  services: Informer<Service>,
  nodes: Informer<Node>,
): WorkloadRow {
  const { metadata, spec, status } = object;
  const labels = spec?.template?.metadata?.labels ?? {};
  const leading = services
    .list()
    .filter(
      (service) =>
        service.metadata.namespace === metadata.namespace &&
        service.spec?.selector !== undefined &&
        LabelSelector.fromMap(service.spec.selector).matches(labels),
    );
  const desired = spec?.replicas ?? 0;
  const ready = status?.readyReplicas ?? 0;
  return {
    id: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp,
    kind: 'ReplicationController',
    images: (spec?.template?.spec?.containers ?? []).map(({ image }) => image ?? ''),
    desired,
    current: status?.replicas ?? 0,
    ready,
    tone: toneOf(object, desired, ready),
    urls: leading.flatMap((service) => serviceUrls(service, nodes)),
  };
}

function toneOf(object: Stored<ReplicationController>, desired: number, ready: number): Tone {
  if (object.metadata.deletionTimestamp !== undefined) return 'leaving';
  if (object.status?.conditions?.some(({ type, status }) => type === 'ReplicaFailure' && status === 'True'))
    return 'error';
  if (desired === 0) return 'done';
  return ready >= desired ? 'ok' : 'info';
}
