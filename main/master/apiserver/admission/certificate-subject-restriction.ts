import { describeError } from '#common/base/log.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import { MASTERS } from '../authentication/user.ts';
import type { Draft } from '../kind.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isAbout, refusal } from './refusal.ts';

/** Reads whom a certificate request (PEM) is for; throws when it is none. */
export type ReadSubject = (pem: string) => { readonly organizations: readonly string[] };

const SIGNER = 'kubernetes.io/kube-apiserver-client';

/** Nobody asks for a certificate of the group that is above all policy: it could never be taken back. */
export function certificateSubjectRestriction(read: ReadSubject): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    validate(request) {
      if (request.operation !== 'CREATE' || request.subresource !== '') return;
      if (!isAbout(request, 'certificates.k8s.io', 'certificatesigningrequests')) return;
      const { signerName, request: pem } = (request.draft as Draft<CertificateSigningRequest>).spec;
      if (signerName !== SIGNER) return;
      let organizations: readonly string[];
      try {
        organizations = read(Buffer.from(pem, 'base64').toString('utf8')).organizations;
      } catch (error) {
        throw refusal(request, `failed to parse CSR: ${describeError(error)}`);
      }
      if (organizations.includes(MASTERS)) {
        throw refusal(request, `use of ${SIGNER} signer with ${MASTERS} group is not allowed`);
      }
    },
  };
}
