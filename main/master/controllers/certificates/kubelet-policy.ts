import type { DeepReadonly } from '#common/base/freeze.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import type { CertificateAsk } from './signer.ts';

export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

type RequestSpec = DeepReadonly<CertificateSigningRequest>['spec'];

/** The name of the node that a kubelet's certificate is for. */
export function nodeNameOf(ask: CertificateAsk): string {
  return ask.commonName.slice(NODE_PREFIX.length);
}

/** Whether the request comes from the node that the certificate is for. */
export function isAskedByNode(spec: RequestSpec, ask: CertificateAsk): boolean {
  return spec.username === ask.commonName && (spec.groups ?? []).includes(NODES_GROUP);
}

/**
 * What a kubelet's certificate must not say, whoever approves it (pkg/apis/certificates/helpers.go):
 * it names one node and nothing more. `addresses` are those of its Node object, absent when there is none.
 * Returns why not, or nothing.
 */
export function kubeletRefusal(
  spec: RequestSpec,
  ask: CertificateAsk,
  addresses: readonly string[] | undefined,
): string | undefined {
  const { commonName, organizations } = ask;
  if (!commonName.startsWith(NODE_PREFIX) || commonName.length === NODE_PREFIX.length) {
    return `subject common name does not begin with ${NODE_PREFIX}`;
  }
  if (organizations.length !== 1 || organizations[0] !== NODES_GROUP)
    return `subject organization is not ${NODES_GROUP}`;
  switch (spec.signerName) {
    case KUBELET_CLIENT:
      if (ask.dnsNames.length + ask.ipv4Addresses.length + ask.otherNames > 0) {
        return 'alternative names are not allowed';
      }
      return usagesRefusal(spec, 'client auth');
    case KUBELET_SERVING:
      return usagesRefusal(spec, 'server auth') ?? servingNamesRefusal(ask, addresses);
    default:
      return 'not a signer of kubelets';
  }
}

function servingNamesRefusal(ask: CertificateAsk, addresses: readonly string[] | undefined): string | undefined {
  if (ask.otherNames > 0) return 'only DNS names and IPv4 addresses are allowed';
  if (ask.dnsNames.length + ask.ipv4Addresses.length === 0) return 'DNS or IP subjectAltName is required';
  // Other names that a node gives itself are not believed: it could call itself like the API server.
  if (!ask.dnsNames.every((name) => name === nodeNameOf(ask))) return "a DNS name is not the node's";
  if (!addresses) return 'the node is not registered';
  if (!ask.ipv4Addresses.every((address) => addresses.includes(address))) return "an address is not the node's";
  return undefined;
}

/** Exactly these usages; only RSA keys have a use for the third. */
function usagesRefusal(spec: RequestSpec, purpose: 'client auth' | 'server auth'): string | undefined {
  const allowed = ['digital signature', 'key encipherment', purpose];
  const asked = spec.usages ?? [];
  const right =
    asked.includes('digital signature') && asked.includes(purpose) && asked.every((usage) => allowed.includes(usage));
  return right ? undefined : `usages did not match [${allowed.join(' ')}]`;
}
