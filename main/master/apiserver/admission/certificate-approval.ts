import type { Stored } from '#common/kube/object.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { mayServeSigner } from '../authorization/signers.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isAbout, refusal } from './refusal.ts';

/** Who approves or denies a certificate request may `approve` for its signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    validate(request) {
      if (request.operation !== 'UPDATE' || request.subresource !== 'approval') return;
      if (!isAbout(request, 'certificates.k8s.io', 'certificatesigningrequests')) return;
      const { signerName } = (request.old as Stored<CertificateSigningRequest>).spec;
      if (mayServeSigner(authorizer, request.user, 'approve', signerName)) return;
      throw refusal(request, `user not permitted to approve requests with signerName "${signerName}"`);
    },
  };
}
