/** Who asks: a name, its groups, and how it was recognised. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

export const ALL_AUTHENTICATED = 'system:authenticated';
export const ALL_UNAUTHENTICATED = 'system:unauthenticated';
/** May do everything, whatever RBAC says: only what the master itself does at start, never a person. */
export const MASTERS = 'system:masters';
export const NODES = 'system:nodes';
export const BOOTSTRAPPERS = 'system:bootstrappers';

export const ANONYMOUS: User = { name: 'system:anonymous', groups: [ALL_UNAUTHENTICATED] };

export function authenticated(name: string, groups: readonly string[], uid?: string): User {
  return { name, groups: [...groups, ALL_AUTHENTICATED], ...(uid === undefined ? {} : { uid }) };
}

/** The identity of a component inside the master, with upstream's name for it. */
export function componentUser(name: string): User {
  return authenticated(name, []);
}

/** The identity of what the master itself does before anyone may do anything. */
export const SYSTEM_USER: User = authenticated('system:apiserver', [MASTERS]);
