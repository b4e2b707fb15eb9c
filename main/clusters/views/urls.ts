import type { Informer } from '#common/client/informer.ts';
import { isNodeReady, nodeAddress } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Node, Service } from '#common/kube/resources.ts';

/** Where this computer reaches a Service: a node port on one of the nodes that answer. */
export function serviceUrls(service: Stored<Service>, nodes: Informer<Node>): string[] {
  const address = nodes
    .list()
    .filter(isNodeReady)
    .map(nodeAddress)
    .filter((found) => found !== undefined)
    .sort()[0];
  if (address === undefined) return [];
  return (service.spec?.ports ?? [])
    .filter(({ nodePort, protocol = 'TCP' }) => nodePort !== undefined && protocol === 'TCP')
    .map(({ nodePort, port }) => `${port === 443 ? 'https' : 'http'}://${address}:${nodePort!}`);
}
