import type { User } from '../authentication/user.ts';
import type { Authorizer } from './authorizer.ts';

/** Whether someone may approve or sign for a signer, or for all of its domain (`kubernetes.io/*`). */
export function mayServeSigner(
  authorizer: Authorizer,
  user: User,
  verb: 'approve' | 'sign',
  signerName: string,
): boolean {
  const domain = signerName.split('/', 1)[0]!;
  return [signerName, `${domain}/*`].some(
    (name) =>
      authorizer.decide({
        user,
        verb,
        group: 'certificates.k8s.io',
        version: '*',
        resource: 'signers',
        subresource: '',
        namespace: '',
        name,
      }).allowed,
  );
}
