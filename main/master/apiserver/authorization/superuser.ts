import { MASTERS } from '../authentication/user.ts';
import { ALLOWED, NO_OPINION, type Authorizer } from './authorizer.ts';

/** The master's own identity may do everything before there is any policy: it is what writes the policy. */
export const superuser: Authorizer = {
  decide: ({ user }) => (user.groups.includes(MASTERS) ? ALLOWED : NO_OPINION),
  // What the group may do is also written as a role.
  rulesFor: () => ({ rules: [], errors: [] }),
};
