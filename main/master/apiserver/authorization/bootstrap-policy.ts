import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#common/kube/resources.ts';
import { clusterRoleBindingsAtStart } from './policy/cluster-role-bindings.ts';
import { componentRoles } from './policy/component-roles.ts';
import { controllerRoles } from './policy/controller-roles.ts';
import { namespaceRoleBindings, namespaceRoles } from './policy/namespace-roles.ts';
import { ownBindings, ownRoles } from './policy/own-policy.ts';
import { userRoles } from './policy/user-roles.ts';

export { CLUSTER_ADMINS } from './policy/own-policy.ts';

/** The identity that reads for all controllers. */
export const CONTROLLER_MANAGER = 'system:kube-controller-manager';

/** The service account that upstream's controller of that name runs as. */
export function controllerUser(name: string): string {
  return `system:serviceaccount:kube-system:${name}`;
}

export interface Policy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/**
 * What the system's own identities may do and no more, and the roles that people are given
 * (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, v1.34).
 */
export const bootstrapPolicy: Policy = {
  clusterRoles: [...userRoles, ...componentRoles, ...controllerRoles, ...ownRoles],
  clusterRoleBindings: [...clusterRoleBindingsAtStart, ...ownBindings],
  roles: namespaceRoles,
  roleBindings: namespaceRoleBindings,
};
