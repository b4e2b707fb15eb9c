import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, rbac/v1 (Source: its generated.proto at 1.36). */
export const rbacMessages: Messages = {
  'rbac.v1.AggregationRule': '1 clusterRoleSelectors',
  'rbac.v1.ClusterRole': '1 metadata, 2 rules, 3 aggregationRule',
  'rbac.v1.ClusterRoleBinding': '1 metadata, 2 subjects, 3 roleRef',
  'rbac.v1.PolicyRule': '1 verbs, 2 apiGroups, 3 resources, 4 resourceNames, 5 nonResourceURLs',
  'rbac.v1.Role': '1 metadata, 2 rules',
  'rbac.v1.RoleBinding': '1 metadata, 2 subjects, 3 roleRef',
  'rbac.v1.RoleRef': '1 apiGroup*, 2 kind, 3 name',
  'rbac.v1.Subject': '1 kind, 2 apiGroup, 3 name, 4 namespace',
};
