import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, discovery/v1 (Source: its generated.proto at 1.36). */
export const discoveryMessages: Messages = {
  'discovery.v1.Endpoint':
    '1 addresses, 2 conditions, 3 hostname*, 4 targetRef, 5 deprecatedTopology, 6 nodeName*, 7 zone*, 8 hints',
  'discovery.v1.EndpointConditions': '1 ready*, 2 serving*, 3 terminating*',
  'discovery.v1.EndpointHints': '1 forZones, 2 forNodes',
  'discovery.v1.EndpointPort': '1 name*, 2 protocol*, 3 port*, 4 appProtocol*',
  'discovery.v1.EndpointSlice': '1 metadata, 2 endpoints, 3 ports, 4 addressType',
  'discovery.v1.ForNode': '1 name',
  'discovery.v1.ForZone': '1 name',
};
