import type { Stored } from '#common/kube/object.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { mayServeSigner } from '../authorization/signers.ts';
import { sameJson } from '../handlers/write-object.ts';
import type { Draft } from '../kind.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isAbout, refusal } from './refusal.ts';

/** Who puts a certificate or a failure into a certificate request may `sign` for its signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    validate(request) {
      if (request.operation !== 'UPDATE' || request.subresource !== 'status') return;
      if (!isAbout(request, 'certificates.k8s.io', 'certificatesigningrequests')) return;
      const old = request.old as Stored<CertificateSigningRequest>;
      const { status } = request.draft as Draft<CertificateSigningRequest>;
      const same =
        status?.certificate === old.status?.certificate &&
        sameJson(status?.conditions ?? [], old.status?.conditions ?? []);
      const { signerName } = old.spec;
      if (same || mayServeSigner(authorizer, request.user, 'sign', signerName)) return;
      throw refusal(request, `user not permitted to sign requests with signerName "${signerName}"`);
    },
  };
}
