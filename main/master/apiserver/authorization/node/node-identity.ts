import { NODES, type User } from '../../authentication/user.ts';

const PREFIX = 'system:node:';

/** The node that a kubelet speaks for (pkg/auth/nodeidentifier); nothing when the user is no kubelet. */
export function nodeOf(user: User): string | undefined {
  return user.name.startsWith(PREFIX) && user.groups.includes(NODES) ? user.name.slice(PREFIX.length) : undefined;
}
