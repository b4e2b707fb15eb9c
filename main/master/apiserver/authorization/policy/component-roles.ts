import type { ClusterRole } from '#common/kube/resources.ts';
import { clusterRole, EVENTS, READ, READ_UPDATE, rule, type Rule } from './build.ts';

const ACCESS_CHECKS: readonly Rule[] = [
  rule(['create'], 'authentication.k8s.io', ['tokenreviews']),
  rule(['create'], 'authorization.k8s.io', ['subjectaccessreviews']),
];
const CSR_ROLE = 'system:certificates.k8s.io:certificatesigningrequests';
const REQUESTS = rule(['create', 'get', 'list', 'watch'], 'certificates.k8s.io', ['certificatesigningrequests']);

/** What the Node authorizer lets every kubelet do, beyond what it judges by the pods of the node. */
export const nodeRules: readonly Rule[] = [
  rule(['create'], 'authentication.k8s.io', ['tokenreviews']),
  rule(['create'], 'authorization.k8s.io', ['subjectaccessreviews', 'localsubjectaccessreviews']),
  rule(READ, '', ['services']),
  rule(['create', 'get', 'list', 'watch'], '', ['nodes']),
  rule(['update', 'patch'], '', ['nodes/status']),
  rule(['update', 'patch'], '', ['nodes']),
  rule(['create', 'update', 'patch'], '', ['events']),
  rule(READ, '', ['pods']),
  rule(['create', 'delete'], '', ['pods']),
  rule(['update', 'patch'], '', ['pods/status']),
  rule(['create'], '', ['pods/eviction']),
  rule(READ, '', ['secrets', 'configmaps']),
  rule(['get'], '', ['persistentvolumeclaims', 'persistentvolumes']),
  rule(['get'], '', ['endpoints']),
  REQUESTS,
  rule(['get', 'create', 'update', 'patch', 'delete'], 'coordination.k8s.io', ['leases']),
  rule(['get'], 'storage.k8s.io', ['volumeattachments']),
  rule(['create'], '', ['serviceaccounts/token']),
  rule(['get', 'update', 'patch'], '', ['persistentvolumeclaims/status']),
  rule(READ, 'storage.k8s.io', ['csidrivers']),
  rule(['get', 'create', 'update', 'patch', 'delete'], 'storage.k8s.io', ['csinodes']),
  rule(READ, 'node.k8s.io', ['runtimeclasses']),
  rule(['get'], 'resource.k8s.io', ['resourceclaims']),
  rule(['deletecollection', ...READ, 'create', 'update', 'patch', 'delete'], 'resource.k8s.io', ['resourceslices']),
];

function leaderElection(component: string): Rule[] {
  return [
    rule(['create'], 'coordination.k8s.io', ['leases']),
    rule(['get', 'update'], 'coordination.k8s.io', ['leases'], [component]),
  ];
}

function approver(signer: string): ClusterRole {
  return clusterRole(
    `system:certificates.k8s.io:${signer}-approver`,
    rule(['approve'], 'certificates.k8s.io', ['signers'], [`kubernetes.io/${signer}`]),
  );
}

/** The parts of a cluster, and what is commonly added to it (upstream's bootstrappolicy). */
export const componentRoles: readonly ClusterRole[] = [
  clusterRole('system:node', ...nodeRules),
  clusterRole(
    'system:node-problem-detector',
    rule(['get'], '', ['nodes']),
    rule(['patch'], '', ['nodes/status']),
    EVENTS,
  ),
  clusterRole(
    'system:node-proxier',
    rule(['list', 'watch'], '', ['services', 'endpoints']),
    rule(READ, '', ['nodes']),
    EVENTS,
    rule(['list', 'watch'], 'discovery.k8s.io', ['endpointslices']),
  ),
  clusterRole(
    'system:kubelet-api-admin',
    rule(READ, '', ['nodes']),
    rule(['proxy'], '', ['nodes']),
    rule(['*'], '', [
      'nodes/proxy',
      'nodes/metrics',
      'nodes/stats',
      'nodes/log',
      'nodes/checkpoint',
      'nodes/configz',
      'nodes/healthz',
      'nodes/pods',
    ]),
  ),
  clusterRole('system:node-bootstrapper', REQUESTS),
  clusterRole('system:auth-delegator', ...ACCESS_CHECKS),
  clusterRole('system:kube-aggregator', rule(READ, '', ['services', 'endpoints'])),
  clusterRole(
    'system:kube-controller-manager',
    EVENTS,
    ...leaderElection('kube-controller-manager'),
    rule(['create'], '', ['secrets', 'serviceaccounts']),
    rule(['delete'], '', ['secrets']),
    rule(['get'], '', ['namespaces', 'secrets', 'serviceaccounts', 'configmaps']),
    rule(['update'], '', ['secrets', 'serviceaccounts']),
    ...ACCESS_CHECKS,
    // All informers are shared.
    rule(['list', 'watch'], '*', ['*']),
    rule(['create'], '', ['serviceaccounts/token']),
  ),
  clusterRole(
    'system:kube-scheduler',
    EVENTS,
    ...leaderElection('kube-scheduler'),
    rule(READ, '', ['nodes']),
    rule([...READ, 'delete'], '', ['pods']),
    rule(['create'], '', ['pods/binding', 'bindings']),
    rule(['patch', 'update'], '', ['pods/status']),
    rule(READ, '', ['services', 'replicationcontrollers']),
    rule(READ, ['apps', 'extensions'], ['replicasets']),
    rule(READ, 'apps', ['statefulsets']),
    rule(READ, 'policy', ['poddisruptionbudgets']),
    rule(READ, '', ['persistentvolumeclaims', 'persistentvolumes']),
    ...ACCESS_CHECKS,
    rule(READ, 'storage.k8s.io', ['csinodes']),
    rule(READ, '', ['namespaces']),
    rule(READ, 'storage.k8s.io', ['csidrivers']),
    rule(READ, 'storage.k8s.io', ['csistoragecapacities']),
    rule(READ, 'resource.k8s.io', ['deviceclasses', 'resourceclaims', 'resourceslices']),
    rule(['update', 'patch'], 'resource.k8s.io', ['resourceclaims/status']),
    rule(['update'], '', ['pods/finalizers']),
  ),
  clusterRole(
    'system:volume-scheduler',
    rule(READ_UPDATE, '', ['persistentvolumes']),
    rule(READ, 'storage.k8s.io', ['storageclasses']),
    rule(READ_UPDATE, '', ['persistentvolumeclaims']),
  ),
  clusterRole('system:kube-dns', rule(['list', 'watch'], '', ['endpoints', 'services'])),
  clusterRole(
    'system:heapster',
    rule(READ, '', ['events', 'pods', 'nodes', 'namespaces']),
    rule(READ, 'extensions', ['deployments']),
  ),
  clusterRole(
    'system:persistent-volume-provisioner',
    rule([...READ, 'create', 'delete'], '', ['persistentvolumes']),
    rule([...READ, 'update'], '', ['persistentvolumeclaims']),
    rule(READ, 'storage.k8s.io', ['storageclasses']),
    rule(['watch'], '', ['events']),
    EVENTS,
  ),
  clusterRole(
    `${CSR_ROLE}:nodeclient`,
    rule(['create'], 'certificates.k8s.io', ['certificatesigningrequests/nodeclient']),
  ),
  clusterRole(
    `${CSR_ROLE}:selfnodeclient`,
    rule(['create'], 'certificates.k8s.io', ['certificatesigningrequests/selfnodeclient']),
  ),
  approver('legacy-unknown'),
  approver('kubelet-serving'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
];
