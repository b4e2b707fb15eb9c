import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#common/kube/resources.ts';

export type Rule = NonNullable<ClusterRole['rules']>[number];
export type Subject = NonNullable<ClusterRoleBinding['subjects']>[number];

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';

export const READ = ['get', 'list', 'watch'];
export const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];
export const READ_UPDATE = [...READ, 'update', 'patch'];

/** `groups`: one API group, or several; `names`: of single objects, all when there are none. */
export function rule(
  verbs: readonly string[],
  groups: string | readonly string[],
  resources: readonly string[],
  names: readonly string[] = [],
): Rule {
  return {
    verbs: [...verbs].sort(),
    apiGroups: [groups].flat().sort(),
    resources: [...resources].sort(),
    ...(names.length === 0 ? {} : { resourceNames: [...names].sort() }),
  };
}

export function urls(...paths: readonly string[]): Rule {
  return { verbs: ['get'], nonResourceURLs: [...paths].sort() };
}

/** Whoever acts may tell of it. */
export const EVENTS = rule(['create', 'update', 'patch'], ['', 'events.k8s.io'], ['events']);

export function clusterRole(name: string, ...rules: readonly Rule[]): ClusterRole {
  return { apiVersion: API_VERSION, kind: 'ClusterRole', metadata: metadata(name), rules: [...rules] };
}

export function role(namespace: string, name: string, ...rules: readonly Rule[]): Role {
  return { apiVersion: API_VERSION, kind: 'Role', metadata: { ...metadata(name), namespace }, rules: [...rules] };
}

/** The role with a label by which others gather it. */
export function aggregatedTo(target: 'admin' | 'edit' | 'view', made: ClusterRole): ClusterRole {
  const labels = { ...made.metadata?.labels, [aggregationLabel(target)]: 'true' };
  return { ...made, metadata: { ...made.metadata, labels } };
}

/** A role without rules of its own: the sum of all that are labelled for it. */
export function aggregating(name: 'admin' | 'edit' | 'view'): ClusterRole {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: metadata(name),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregationLabel(name)]: 'true' } }] },
  };
}

/** Binds the cluster role of the same name, unless told another. */
export function clusterRoleBinding(
  name: string,
  subjects: readonly Subject[],
  roleName: string = name,
): ClusterRoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: roleName },
    ...(subjects.length === 0 ? {} : { subjects: [...subjects] }),
  };
}

export function roleBinding(
  namespace: string,
  name: string,
  subjects: readonly Subject[],
  roleName: string = name,
): RoleBinding {
  return {
    apiVersion: API_VERSION,
    kind: 'RoleBinding',
    metadata: { ...metadata(name), namespace },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: roleName },
    subjects: [...subjects],
  };
}

export const user = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: 'User', name });
export const group = (name: string): Subject => ({ apiGroup: RBAC_GROUP, kind: 'Group', name });
export const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

function metadata(name: string): { name: string; labels: Record<string, string>; annotations: Record<string, string> } {
  return {
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

function aggregationLabel(target: string): string {
  return `rbac.authorization.k8s.io/aggregate-to-${target}`;
}
