import type { Informers } from '#common/client/informers.ts';
import type { View as ViewName } from '#common/contract/rows.ts';
import { endpointSlices, events, nodes, pods, replicationControllers, services } from '#common/kube/resources.ts';
import { eventRow } from './events.ts';
import { byNode, NODE_INDEX, nodeRow } from './nodes.ts';
import { podRow } from './pods.ts';
import { byService, SERVICE_INDEX, serviceRow } from './services.ts';
import { viewOf, type View } from './view.ts';
import { workloadRow } from './workloads.ts';

export type Views = { readonly [Name in ViewName]: View<Name> };

/** Every table of the window, each made when it is first looked at. */
export function viewsOf(informers: Informers): Views {
  return {
    get pods() {
      return viewOf(informers.for(pods), podRow);
    },
    get nodes() {
      const podInformer = informers.for(pods);
      podInformer.addIndex(NODE_INDEX, byNode);
      return viewOf(informers.for(nodes), (node) => nodeRow(node, podInformer), [podInformer]);
    },
    get workloads() {
      const [serviceInformer, nodeInformer] = [informers.for(services), informers.for(nodes)];
      return viewOf(
        informers.for(replicationControllers),
        (object) => workloadRow(object, serviceInformer, nodeInformer),
        [serviceInformer, nodeInformer],
      );
    },
    get services() {
      const [sliceInformer, nodeInformer] = [informers.for(endpointSlices), informers.for(nodes)];
      sliceInformer.addIndex(SERVICE_INDEX, byService);
      return viewOf(informers.for(services), (service) => serviceRow(service, sliceInformer, nodeInformer), [
        sliceInformer,
        nodeInformer,
      ]);
    },
    get events() {
      return viewOf(informers.for(events), eventRow);
    },
  };
}
