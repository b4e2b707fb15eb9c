import type { DeepReadonly } from '#common/base/freeze.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import type { CertificateAsk } from './signer.ts';

export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';
const BOOTSTRAP_GROUP = 'system:bootstrappers';
const CLIENT_USAGES = ['client auth', 'digital signature', 'key encipherment'];
const SERVING_USAGES = ['server auth', 'digital signature', 'key encipherment'];

type RequestSpec = DeepReadonly<CertificateSigningRequest>['spec'];

/** Where a node can be reached, as its own Node object says. */
export interface NodeNames {
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * Whether a kubelet's request may be approved without asking anyone: it is for the node that asks (or, with
 * a bootstrap token, for a node that has no certificate yet), and for nothing more.
 * Returns why not, or nothing.
 */
export function refusal(spec: RequestSpec, ask: CertificateAsk, node: NodeNames | undefined): string | undefined {
  const groups = spec.groups ?? [];
  const { commonName } = ask;
  if (!commonName.startsWith(NODE_PREFIX) || commonName.length === NODE_PREFIX.length) {
    return `subject common name does not begin with ${NODE_PREFIX}`;
  }
  if (ask.organizations.length !== 1 || ask.organizations[0] !== NODES_GROUP) {
    return `subject organization is not ${NODES_GROUP}`;
  }
  const isNodeItself = spec.username === commonName && groups.includes(NODES_GROUP);
  switch (spec.signerName) {
    case KUBELET_CLIENT:
      if (!isNodeItself && !groups.includes(BOOTSTRAP_GROUP)) return 'asked for by someone else';
      if (!within(spec.usages ?? [], CLIENT_USAGES, 'client auth')) return 'usages did not match';
      if (ask.dnsNames.length + ask.ipv4Addresses.length + ask.otherNames > 0)
        return 'alternative names are not allowed';
      return undefined;
    case KUBELET_SERVING:
      if (!isNodeItself) return 'asked for by someone else';
      if (!within(spec.usages ?? [], SERVING_USAGES, 'server auth')) return 'usages did not match';
      if (ask.otherNames > 0) return 'only DNS names and IPv4 addresses are allowed';
      if (!node) return 'the node is not registered';
      if (!ask.dnsNames.every((name) => node.dnsNames.includes(name))) return "a DNS name is not the node's";
      if (!ask.ipv4Addresses.every((address) => node.addresses.includes(address)))
        return "an address is not the node's";
      return ask.dnsNames.length + ask.ipv4Addresses.length > 0 ? undefined : 'no names are asked for';
    default:
      return 'not a signer of kubelets';
  }
}

function within(asked: readonly string[], allowed: readonly string[], required: string): boolean {
  return asked.includes(required) && asked.every((usage) => allowed.includes(usage));
}
