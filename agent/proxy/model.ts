import { isIPv4 } from 'node:net';
import type { Stored } from '#common/kube/object.ts';
import type { EndpointSlice, Service } from '#common/kube/resources.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** One backend of a service port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** It runs on this node. */
  readonly local: boolean;
}

/** One port of a service, with where its connections may go. */
export interface ServicePort {
  readonly service: string;
  readonly clusterIP: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort: number | undefined;
  /** How long a client stays with its endpoint; without it every connection is spread anew. */
  readonly affinitySeconds: number | undefined;
  /** In a stable order. */
  readonly endpoints: readonly Endpoint[];
}

/** Services with this label are served by another proxy. */
const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name';
const SERVICE_NAME = 'kubernetes.io/service-name';
/** v1.DefaultClientIPServiceAffinitySeconds. */
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** All service ports that this node has to serve, from Services and their EndpointSlices. */
export function servicePorts(
  services: readonly Stored<Service>[],
  slices: readonly Stored<EndpointSlice>[],
  nodeName: string,
): ServicePort[] {
  const byService = new Map<string, Stored<EndpointSlice>[]>();
  for (const slice of slices) {
    const name = slice.metadata.labels?.[SERVICE_NAME];
    if (slice.addressType !== 'IPv4' || !name) continue;
    const key = `${slice.metadata.namespace ?? ''}/${name}`;
    byService.set(key, [...(byService.get(key) ?? []), slice]);
  }
  return services.flatMap((service) => {
    const name = `${service.metadata.namespace ?? ''}/${service.metadata.name}`;
    return portsOf(name, service, byService.get(name) ?? [], nodeName);
  });
}

/** The Service by which pods find the API server. */
const API_SERVER = 'default/kubernetes:https';

/** The same ports, with the API server where this node reaches it, if that is elsewhere than its Service says. */
export function ledTo(
  apiServer: Omit<Endpoint, 'local'> | undefined,
  ports: readonly ServicePort[],
): readonly ServicePort[] {
  if (!apiServer) return ports;
  const endpoints = [{ ...apiServer, local: false }];
  return ports.map((port) => (port.service === API_SERVER ? { ...port, endpoints } : port));
}

function portsOf(
  name: string,
  service: Stored<Service>,
  slices: readonly Stored<EndpointSlice>[],
  nodeName: string,
): ServicePort[] {
  const { clusterIP, type, ports = [], sessionAffinity, sessionAffinityConfig } = service.spec ?? {};
  if (service.metadata.labels?.[OTHER_PROXY] !== undefined) return [];
  // Headless services have no address to serve, others may have one of another family.
  if (!clusterIP || !isIPv4(clusterIP) || type === 'ExternalName') return [];
  const affinitySeconds =
    sessionAffinity === 'ClientIP'
      ? (sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS)
      : undefined;
  return ports.map((port) => ({
    service: `${name}${port.name ? `:${port.name}` : ''}`,
    clusterIP,
    protocol: protocolOf(port.protocol),
    port: port.port,
    nodePort: type === 'NodePort' || type === 'LoadBalancer' ? port.nodePort || undefined : undefined,
    affinitySeconds,
    endpoints: endpointsOf(port.name ?? '', slices, nodeName),
  }));
}

/** Those that are ready; when there are none, those that still serve while they end (KEP-1669). */
function endpointsOf(portName: string, slices: readonly Stored<EndpointSlice>[], nodeName: string): Endpoint[] {
  const ready = new Map<string, Endpoint>();
  const ending = new Map<string, Endpoint>();
  for (const { endpoints = [], ports = [] } of slices) {
    const port = ports.find((candidate) => (candidate.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions = {}, nodeName: where } of endpoints) {
      const [address] = addresses;
      if (address === undefined || !isIPv4(address)) continue;
      const endpoint = { address, port, local: where === nodeName };
      if (conditions.ready !== false) ready.set(`${address}:${port}`, endpoint);
      else if (conditions.serving && conditions.terminating) ending.set(`${address}:${port}`, endpoint);
    }
  }
  const chosen = ready.size > 0 ? ready : ending;
  return [...chosen].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function protocolOf(protocol: string | undefined): Protocol {
  switch (protocol) {
    case 'UDP':
      return 'udp';
    case 'SCTP':
      return 'sctp';
    default:
      return 'tcp';
  }
}
