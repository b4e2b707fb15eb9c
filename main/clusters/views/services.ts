import type { Informer } from '#common/client/informer.ts';
import type { ServiceRow } from '#common/contract/rows.ts';
import { keyOf, type Stored } from '#common/kube/object.ts';
import type { EndpointSlice, Node, Service } from '#common/kube/resources.ts';
import { portTexts } from '../../master/apiserver/kinds/core/service/service.ts';
import { serviceUrls } from './urls.ts';

export const SERVICE_INDEX = 'service';

export function byService(slice: Stored<EndpointSlice>): string[] {
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  return service === undefined ? [] : [`${slice.metadata.namespace ?? ''}/${service}`];
}

export function serviceRow(
  service: Stored<Service>,
  slices: Informer<EndpointSlice>,
  nodes: Informer<Node>,
): ServiceRow {
  const { metadata, spec } = service;
  const endpoints = slices
    .byIndex(SERVICE_INDEX, keyOf(service))
    .flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false);
  return {
    id: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp,
    type: spec?.type ?? '',
    clusterIp: spec?.clusterIP ?? '',
    ports: portTexts(service),
    endpoints: endpoints.length,
    urls: serviceUrls(service, nodes),
  };
}
