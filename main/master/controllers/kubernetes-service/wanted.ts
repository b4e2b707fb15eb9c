import type { Endpoints, EndpointSlice, Service } from '#common/kube/resources.ts';
import { KUBERNETES_SERVICE as PLACE } from '../../apiserver/kinds/core/service/allocator.ts';
import { SERVICE_NAME } from '../endpoint-slice/desired-slices.ts';

/** Where nodes reach the API server. */
export interface Advertised {
  /** IPv4; nothing where they cannot. */
  readonly address: string | undefined;
  readonly port: number;
}

const PORT_NAME = 'https';

export function wantedService(clusterIP: string, port: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...PLACE, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      sessionAffinity: 'None',
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: PORT_NAME, port: 443, protocol: 'TCP', targetPort: port }],
    },
  };
}

export function wantedEndpoints(address: string, port: number): Endpoints {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    // Its slice is made here, not mirrored from it.
    metadata: { ...PLACE, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: PORT_NAME, port, protocol: 'TCP' }] }],
  };
}

export function wantedSlice(address: string, port: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...PLACE, labels: { [SERVICE_NAME]: PLACE.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: PORT_NAME, port, protocol: 'TCP' }],
  };
}
