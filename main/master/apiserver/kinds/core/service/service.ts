import { mutableCopy } from '#common/base/freeze.ts';
import { ageText } from '#common/kube/duration.ts';
import { dns1035LabelProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { services, type Service } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../../kind.ts';
import { allocate, keepAllocated } from './allocate.ts';
import { validateService, validateServiceUpdate } from './validate.ts';

/** A stable name and address in front of pods that come and go. */
export const serviceKind: Kind<Service> = {
  resource: services,
  type: 'core.v1.Service',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  nameProblems: dns1035LabelProblems,
  unconditionalUpdate: true,
  setDefaults(draft) {
    const spec = (draft.spec ??= {});
    spec.sessionAffinity ??= 'None';
    spec.type ??= 'ClusterIP';
    if (spec.sessionAffinity === 'ClientIP') {
      spec.sessionAffinityConfig ??= {};
      spec.sessionAffinityConfig.clientIP ??= {};
      spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10_800;
    }
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
    }
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster';
    if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  },
  prepareForCreate(draft, context) {
    draft.status = { loadBalancer: {} };
    allocate(draft, context);
  },
  prepareForUpdate(draft, old, context) {
    draft.status = mutableCopy<NonNullable<Service['status']>>(old.status ?? {});
    keepAllocated(draft, old);
    allocate(draft, context, old);
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  selectableFields: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
  columns: [
    NAME_COLUMN,
    { name: 'Type', type: 'string', description: 'type determines how the Service is exposed.' },
    { name: 'Cluster-IP', type: 'string', description: 'clusterIP is the IP address of the service.' },
    {
      name: 'External-IP',
      type: 'string',
      description:
        'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.',
    },
    { name: 'Port(s)', type: 'string', description: 'The list of ports that are exposed by this service.' },
    AGE_COLUMN,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Route service traffic to pods with label keys and values matching this selector.',
    },
  ],
  cells: (service, now) => [
    service.metadata.name,
    service.spec?.type ?? '',
    service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP ?? '<none>',
    externalText(service),
    portsText(service),
    ageText(service.metadata.creationTimestamp, now),
    LabelSelector.fromMap(service.spec?.selector).toString() || '<none>',
  ],
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        if (incoming.status) draft.status = incoming.status;
      },
    },
  },
};

/** `80:30080/TCP,443/TCP`. */
export function portTexts(service: Stored<Service>): string[] {
  return (service.spec?.ports ?? []).map(({ port, nodePort, protocol = 'TCP' }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
}

function portsText(service: Stored<Service>): string {
  return portTexts(service).join(',') || '<none>';
}

function externalText(service: Stored<Service>): string {
  const external = service.spec?.externalIPs ?? [];
  switch (service.spec?.type) {
    case 'ExternalName':
      return service.spec.externalName ?? '';
    case 'LoadBalancer': {
      const ingress = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
      return [...ingress, ...external].join(',') || '<pending>';
    }
    default:
      return external.join(',') || '<none>';
  }
}
