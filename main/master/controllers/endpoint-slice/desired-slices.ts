import type { IEndpoint } from 'kubernetes-models/discovery.k8s.io/v1/Endpoint';
import type { IEndpointPort } from 'kubernetes-models/discovery.k8s.io/v1/EndpointPort';
import type { Stored } from '#common/kube/object.ts';
import type { Pod, Service } from '#common/kube/resources.ts';
import { isPodReady } from '../pods.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const ENDPOINTS_PER_SLICE = 100;

export interface SliceContent {
  readonly addressType: 'IPv4';
  readonly endpoints: IEndpoint[];
  readonly ports: IEndpointPort[];
}

/** The slices that a Service's pods should have: per set of resolved ports, in parts of a hundred. */
export function desiredSlices(service: Stored<Service>, pods: readonly Stored<Pod>[]): SliceContent[] {
  const byPorts = new Map<string, { ports: IEndpointPort[]; endpoints: IEndpoint[] }>();
  for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    if (!hasAddress(pod)) continue;
    const ports = portsFor(service, pod);
    const key = JSON.stringify(ports);
    const group = byPorts.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod));
    byPorts.set(key, group);
  }
  // A Service without pods has one empty slice, so that it is seen to have none.
  if (byPorts.size === 0) return [{ addressType: 'IPv4', endpoints: [], ports: [] }];
  return [...byPorts.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / ENDPOINTS_PER_SLICE) }, (_, index) => ({
      addressType: 'IPv4' as const,
      endpoints: endpoints.slice(index * ENDPOINTS_PER_SLICE, (index + 1) * ENDPOINTS_PER_SLICE),
      ports,
    })),
  );
}

/** Pods that have ended never serve again. */
function hasAddress(pod: Stored<Pod>): boolean {
  const phase = pod.status?.phase;
  return (pod.status?.podIP ?? '') !== '' && phase !== 'Succeeded' && phase !== 'Failed';
}

function endpointOf(service: Stored<Service>, pod: Stored<Pod>): IEndpoint {
  const { name, namespace = '', uid } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const published = service.spec?.publishNotReadyAddresses === true;
  return {
    addresses: [pod.status!.podIP!],
    conditions: { ready: published || (serving && !terminating), serving, terminating },
    ...(pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

/** A Service's ports as numbers of this pod; a named target port that the pod does not have is left out. */
function portsFor(service: Stored<Service>, pod: Stored<Pod>): IEndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const { name = '', protocol = 'TCP', targetPort = port.port, appProtocol } = port;
    const number = typeof targetPort === 'number' ? targetPort : containerPort(pod, targetPort, protocol);
    if (number === undefined) return [];
    return [{ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

export function containerPort(pod: Stored<Pod>, name: string, protocol: string): number | undefined {
  for (const container of pod.spec?.containers ?? []) {
    for (const port of container.ports ?? []) {
      if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort;
    }
  }
  return undefined;
}
