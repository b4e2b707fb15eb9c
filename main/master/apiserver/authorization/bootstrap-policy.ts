import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, BOOTSTRAPPERS, NODES } from '../authentication/user.ts';
import { KEY_SET, OPEN_ID_CONFIGURATION } from '../authentication/service-account/open-id.ts';
import type { Grant, PolicyRule } from './rbac.ts';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});
const events: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch', 'update'],
};

const toUser = (user: string, ...rules: PolicyRule[]): Grant => ({ users: [user], groups: [], rules });
const toGroup = (group: string, ...rules: PolicyRule[]): Grant => ({ users: [], groups: [group], rules });
const controller = (name: string, ...rules: PolicyRule[]): Grant => toUser(controllerUser(name), ...rules, events);

/** The service account that upstream's controller of that name runs as. */
export function controllerUser(name: string): string {
  return `system:serviceaccount:kube-system:${name}`;
}

/** The identity that reads for all controllers. */
export const CONTROLLER_MANAGER = 'system:kube-controller-manager';

/** The group of people who administer a cluster: bound here, so that the binding can be taken away. */
export const CLUSTER_ADMINS = 'kubeadm:cluster-admins';

/**
 * What the system's own identities may do, and no more (upstream's bootstrap policy,
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
 */
export const bootstrapPolicy: readonly Grant[] = [
  toGroup(
    CLUSTER_ADMINS,
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ),
  {
    users: [],
    groups: [ALL_AUTHENTICATED, ALL_UNAUTHENTICATED],
    rules: [{ nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] }],
  },
  toGroup(ALL_AUTHENTICATED, {
    nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
    verbs: ['get'],
  }),
  toGroup(ALL_AUTHENTICATED, rule('authentication.k8s.io', ['selfsubjectreviews'], ['create'])),
  toGroup('system:serviceaccounts', {
    nonResourceURLs: [OPEN_ID_CONFIGURATION, `${OPEN_ID_CONFIGURATION}/`, KEY_SET, `${KEY_SET}/`],
    verbs: ['get'],
  }),
  toGroup(
    BOOTSTRAPPERS,
    rule('certificates.k8s.io', ['certificatesigningrequests'], ['create', 'get', 'list', 'watch']),
  ),
  toGroup(
    NODES,
    rule('', ['services', 'namespaces'], READ),
    rule('', ['nodes'], [...READ, 'create', 'patch', 'update']),
    rule('', ['nodes/status', 'pods/status'], ['patch', 'update']),
    rule('', ['pods'], [...READ, 'create', 'delete']),
    rule('', ['configmaps', 'secrets'], READ),
    rule('', ['serviceaccounts/token'], ['create']),
    rule('authentication.k8s.io', ['tokenreviews'], ['create']),
    rule('', ['events'], ['create', 'patch', 'update']),
    rule('coordination.k8s.io', ['leases'], ['get', 'create', 'update', 'patch', 'delete']),
    rule('discovery.k8s.io', ['endpointslices'], ['list', 'watch']),
    rule('certificates.k8s.io', ['certificatesigningrequests'], ['create', 'get', 'list', 'watch']),
  ),
  toUser(
    'system:kube-scheduler',
    events,
    rule('', ['nodes', 'pods', 'services', 'replicationcontrollers', 'namespaces'], READ),
    rule('', ['pods'], ['delete']),
    rule('', ['pods/binding'], ['create']),
    rule('', ['pods/status'], ['patch', 'update']),
  ),
  toUser(CONTROLLER_MANAGER, { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] }),
  controller(
    'replication-controller',
    rule('', ['replicationcontrollers'], ['get', 'list', 'watch', 'update']),
    rule('', ['replicationcontrollers/status', 'replicationcontrollers/finalizers'], ['update']),
    rule('', ['pods'], ['list', 'watch', 'create', 'delete', 'patch']),
  ),
  controller(
    'endpointslice-controller',
    rule('', ['services', 'pods', 'nodes'], ['get', 'list', 'watch']),
    rule('discovery.k8s.io', ['endpointslices'], [...READ, ...WRITE]),
  ),
  controller(
    'endpoint-controller',
    rule('', ['services', 'pods'], ['get', 'list', 'watch']),
    rule('', ['endpoints'], [...READ, ...WRITE]),
  ),
  controller(
    'node-controller',
    rule('', ['nodes'], [...READ, 'update', 'delete', 'patch']),
    rule('', ['nodes/status', 'pods/status'], ['patch', 'update']),
    rule('', ['pods'], ['get', 'list', 'watch', 'delete']),
    rule('coordination.k8s.io', ['leases'], READ),
  ),
  controller('generic-garbage-collector', {
    apiGroups: ['*'],
    resources: ['*'],
    verbs: ['get', 'list', 'watch', 'patch', 'update', 'delete'],
  }),
  controller(
    'namespace-controller',
    rule('', ['namespaces'], ['get', 'list', 'watch', 'delete']),
    rule('', ['namespaces/finalize', 'namespaces/status'], ['update']),
    { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'delete', 'deletecollection'] },
  ),
  controller('service-account-controller', rule('', ['serviceaccounts'], ['create'])),
  controller('root-ca-cert-publisher', rule('', ['configmaps'], ['create', 'update'])),
  controller(
    'certificate-controller',
    rule('certificates.k8s.io', ['certificatesigningrequests'], [...READ, 'delete']),
    rule(
      'certificates.k8s.io',
      ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
      ['update'],
    ),
    rule('', ['nodes'], ['get']),
  ),
];
