import { fieldError } from '#common/kube/field-error.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Draft, WriteContext } from '../../../kind.ts';
import { KUBERNETES_SERVICE } from './allocator.ts';

/** Gives a Service the cluster IP and the node ports that its type needs and it does not have yet. */
export function allocate(draft: Draft<Service>, { api, held }: WriteContext, old?: Stored<Service>): void {
  const spec = draft.spec!;
  const invalid = (field: string, value: unknown, why: string): Error =>
    statusError.invalid({ group: '', kind: 'Service' }, draft.metadata.name ?? '', [
      fieldError.invalid(field, value, why),
    ]);

  if (spec.type === 'ExternalName') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  } else if (spec.clusterIP !== old?.spec?.clusterIP || !spec.clusterIP) {
    if (!spec.clusterIP) {
      const address = api.services.nextAddress(held);
      if (!address) throw statusError.internal('failed to allocate a serviceIP: range is full');
      spec.clusterIP = address;
    } else if (spec.clusterIP !== 'None' && old?.spec?.clusterIP === undefined) {
      const problem = api.services.claimAddress(spec.clusterIP, held, isKubernetes(draft));
      if (problem) {
        throw invalid('spec.clusterIPs', [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${problem}`);
      }
    }
    spec.clusterIPs = [spec.clusterIP];
  }
  if (spec.type !== 'ExternalName') {
    spec.clusterIPs ??= spec.clusterIP ? [spec.clusterIP] : [];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }

  const needsPorts =
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  // Of this Service: one number may serve several protocols.
  const own = new Set((old?.spec?.ports ?? []).map(({ nodePort }) => nodePort));
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (spec.type === 'ClusterIP' || spec.type === 'ExternalName') {
      if (own.has(port.nodePort)) delete port.nodePort;
      continue;
    }
    if (port.nodePort) {
      if (own.has(port.nodePort)) continue;
      const problem = api.services.claimPort(port.nodePort, held);
      if (problem) throw invalid(`spec.ports[${index}].nodePort`, port.nodePort, problem);
      own.add(port.nodePort);
    } else if (needsPorts) {
      const found = api.services.nextPort(held);
      if (!found) throw statusError.internal('failed to allocate a nodePort: range is full');
      port.nodePort = found;
    }
  }
}

function isKubernetes({ metadata }: Draft<Service>): boolean {
  return metadata.name === KUBERNETES_SERVICE.name && metadata.namespace === KUBERNETES_SERVICE.namespace;
}

/** Who updates a Service without saying its address or node ports means to keep them. */
export function keepAllocated(draft: Draft<Service>, old: Stored<Service>): void {
  const spec = draft.spec!;
  if (spec.type !== 'ExternalName' && old.spec?.type !== 'ExternalName') {
    if (old.spec?.clusterIP !== undefined) spec.clusterIP ||= old.spec.clusterIP;
    if (old.spec?.clusterIPs !== undefined) spec.clusterIPs ??= [...old.spec.clusterIPs];
    if (old.spec?.ipFamilies !== undefined) spec.ipFamilies ??= [...old.spec.ipFamilies];
    if (old.spec?.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= old.spec.ipFamilyPolicy;
  }
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return;
  for (const port of spec.ports ?? []) {
    const before = old.spec?.ports?.find(
      (other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (before?.nodePort && spec.ports?.every((other) => other.nodePort !== before.nodePort)) {
      port.nodePort ||= before.nodePort;
    }
  }
}
