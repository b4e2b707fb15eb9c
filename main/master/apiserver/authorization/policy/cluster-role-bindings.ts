import type { ClusterRoleBinding } from '#common/kube/resources.ts';
import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, MASTERS } from '../../authentication/user.ts';
import { account, clusterRoleBinding, group, user } from './build.ts';
import { controllerNames } from './controller-roles.ts';

const SCHEDULER = user('system:kube-scheduler');

/** Who has what from the start (upstream's bootstrappolicy). */
export const clusterRoleBindingsAtStart: readonly ClusterRoleBinding[] = [
  clusterRoleBinding('cluster-admin', [group(MASTERS)]),
  clusterRoleBinding('system:monitoring', [group('system:monitoring')]),
  clusterRoleBinding('system:discovery', [group(ALL_AUTHENTICATED)]),
  clusterRoleBinding('system:basic-user', [group(ALL_AUTHENTICATED)]),
  clusterRoleBinding('system:public-info-viewer', [group(ALL_AUTHENTICATED), group(ALL_UNAUTHENTICATED)]),
  clusterRoleBinding('system:node-proxier', [user('system:kube-proxy')]),
  clusterRoleBinding('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  clusterRoleBinding('system:kube-dns', [account('kube-dns')]),
  clusterRoleBinding('system:kube-scheduler', [SCHEDULER]),
  clusterRoleBinding('system:volume-scheduler', [SCHEDULER]),
  // The Node authorizer took the place of this one, which stays without subjects.
  clusterRoleBinding('system:node', []),
  clusterRoleBinding('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
  ...controllerNames.map((name) => clusterRoleBinding(`system:controller:${name}`, [account(name)])),
];
