/** Who asks: a name, its groups, and how it was recognised. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** What else is known of the credential, such as the pod that it belongs to. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ALL_AUTHENTICATED = 'system:authenticated';
export const ALL_UNAUTHENTICATED = 'system:unauthenticated';
/** May do everything, whatever RBAC says: only what the master itself does at start, never a person. */
export const MASTERS = 'system:masters';
export const NODES = 'system:nodes';
export const BOOTSTRAPPERS = 'system:bootstrappers';

/** Names the very credential with which someone came (KEP-4193). */
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: [ALL_UNAUTHENTICATED] };

export function authenticated(name: string, groups: readonly string[], rest: Pick<User, 'uid' | 'extra'> = {}): User {
  return { name, groups: [...groups, ALL_AUTHENTICATED], ...rest };
}

/** The identity of a component inside the master, with upstream's name for it. */
export function componentUser(name: string): User {
  return authenticated(name, []);
}

/** The identity of what the master itself does before anyone may do anything. */
export const SYSTEM_USER: User = authenticated('system:apiserver', [MASTERS]);

/** authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export function userInfo({ name, uid, groups, extra = {} }: User): UserInfo {
  const entries = Object.entries(extra).map(([key, values]): [string, string[]] => [key, [...values]]);
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(entries.length === 0 ? {} : { extra: Object.fromEntries(entries) }),
  };
}
