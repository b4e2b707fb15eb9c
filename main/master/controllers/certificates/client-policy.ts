import type { DeepReadonly } from '#common/base/freeze.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import { MASTERS } from '../../apiserver/authentication/user.ts';
import type { CertificateAsk } from './signer.ts';

export const API_CLIENT = 'kubernetes.io/kube-apiserver-client';

const OPTIONAL_USAGES = ['digital signature', 'key encipherment'];

/** What the certificate of a client of the API must not say, whoever approves it. Returns why not, or nothing. */
export function clientRefusal(
  spec: DeepReadonly<CertificateSigningRequest>['spec'],
  ask: CertificateAsk,
): string | undefined {
  // That group is above all policy: a certificate for it could never be taken back.
  if (ask.organizations.includes(MASTERS)) return `use of ${API_CLIENT} signer with ${MASTERS} group is not allowed`;
  const usages = spec.usages ?? [];
  if (!usages.includes('client auth')) return 'missing required usage for client certificate: client auth';
  const other = usages.find((usage) => usage !== 'client auth' && !OPTIONAL_USAGES.includes(usage));
  return other === undefined ? undefined : `invalid usage for client certificate: ${other}`;
}
