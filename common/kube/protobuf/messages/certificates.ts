import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, certificates/v1 (Source: its generated.proto at 1.36). */
export const certificatesMessages: Messages = {
  'certificates.v1.CertificateSigningRequest': '1 metadata, 2 spec, 3 status',
  'certificates.v1.CertificateSigningRequestCondition':
    '1 type, 2 reason, 3 message, 4 lastUpdateTime, 5 lastTransitionTime, 6 status',
  'certificates.v1.CertificateSigningRequestSpec':
    '1 request, 2 username, 3 uid, 4 groups, 5 usages, 6 extra, 7 signerName, 8 expirationSeconds*',
  'certificates.v1.CertificateSigningRequestStatus': '1 conditions, 2 certificate',
};
