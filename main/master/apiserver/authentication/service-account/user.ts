import { authenticated, CREDENTIAL_ID, type User } from '../user.ts';
import type { Reference, ServiceAccountClaims } from './claims.ts';

const PREFIX = 'system:serviceaccount:';
const ALL_SERVICE_ACCOUNTS = 'system:serviceaccounts';
const EXTRA = 'authentication.kubernetes.io/';

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export function serviceAccountUserName({ namespace, name }: ServiceAccountName): string {
  return `${PREFIX}${namespace}:${name}`;
}

/** The service account that a user name stands for; nothing when it is another kind of user. */
export function splitServiceAccountUserName(userName: string): ServiceAccountName | undefined {
  if (!userName.startsWith(PREFIX)) return undefined;
  const [namespace = '', name = '', ...rest] = userName.slice(PREFIX.length).split(':');
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}

export function serviceAccountGroups(namespace: string): string[] {
  return [ALL_SERVICE_ACCOUNTS, `${ALL_SERVICE_ACCOUNTS}:${namespace}`];
}

/** The user whom a token makes its bearer, with what it is bound to as extra. */
export function serviceAccountUser({ jti, 'kubernetes.io': bound }: ServiceAccountClaims): User {
  const { namespace, serviceaccount, pod, node } = bound;
  const extra = {
    [CREDENTIAL_ID]: [`JTI=${jti}`],
    ...references('pod', pod),
    ...references('node', node),
  };
  const name = serviceAccountUserName({ namespace, name: serviceaccount.name });
  return authenticated(name, serviceAccountGroups(namespace), { uid: serviceaccount.uid, extra });
}

function references(kind: 'pod' | 'node', reference: Partial<Reference> | undefined): Record<string, string[]> {
  const { name, uid } = reference ?? {};
  return {
    ...(name === undefined ? {} : { [`${EXTRA}${kind}-name`]: [name] }),
    ...(uid === undefined ? {} : { [`${EXTRA}${kind}-uid`]: [uid] }),
  };
}
