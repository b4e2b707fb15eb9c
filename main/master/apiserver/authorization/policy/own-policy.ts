import type { ClusterRole, ClusterRoleBinding } from '#common/kube/resources.ts';
import { BOOTSTRAPPERS, NODES } from '../../authentication/user.ts';
import { account, clusterRole, clusterRoleBinding, group, rule } from './build.ts';

/** The group of people who administer a cluster. */
export const CLUSTER_ADMINS = 'pilothouse:cluster-admins';
/** What that group was called in certificates that are still in use. */
const FORMER_CLUSTER_ADMINS = 'kubeadm:cluster-admins';

const CSR_ROLE = 'system:certificates.k8s.io:certificatesigningrequests';

/** Beyond upstream's: the certificates of kubelets are approved by their controller, which looks at their nodes. */
export const ownRoles: readonly ClusterRole[] = [
  clusterRole(
    'pilothouse:kubelet-serving-approver',
    rule(['approve'], 'certificates.k8s.io', ['signers'], ['kubernetes.io/kubelet-serving']),
    rule(['get'], '', ['nodes']),
  ),
];

/** What an installer binds (as kubeadm does), so that nodes can join and run. */
export const ownBindings: readonly ClusterRoleBinding[] = [
  clusterRoleBinding('pilothouse:kubelet-bootstrap', [group(BOOTSTRAPPERS)], 'system:node-bootstrapper'),
  clusterRoleBinding('pilothouse:node-autoapprove-bootstrap', [group(BOOTSTRAPPERS)], `${CSR_ROLE}:nodeclient`),
  clusterRoleBinding('pilothouse:node-autoapprove-certificate-rotation', [group(NODES)], `${CSR_ROLE}:selfnodeclient`),
  // The agent is the service proxy of its node, too.
  clusterRoleBinding('pilothouse:node-proxier', [group(NODES)], 'system:node-proxier'),
  clusterRoleBinding('pilothouse:kubelet-serving-approver', [account('certificate-controller')]),
];

/** Made once, when a cluster is new: who takes it away has taken it away. */
export const bindingsOfNewCluster: readonly ClusterRoleBinding[] = [
  clusterRoleBinding(CLUSTER_ADMINS, [group(CLUSTER_ADMINS), group(FORMER_CLUSTER_ADMINS)], 'cluster-admin'),
];
