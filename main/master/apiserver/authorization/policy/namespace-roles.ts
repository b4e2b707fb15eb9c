import type { Role, RoleBinding } from '#common/kube/resources.ts';
import { account, EVENTS, READ, role, roleBinding, rule, user } from './build.ts';

const SYSTEM = 'kube-system';
const PUBLIC = 'kube-public';
const LEADER_LOCK = 'system::leader-locking';

/** Rights within the system's own namespaces (upstream's bootstrappolicy). */
export const namespaceRoles: readonly Role[] = [
  role(
    SYSTEM,
    'extension-apiserver-authentication-reader',
    rule(READ, '', ['configmaps'], ['extension-apiserver-authentication']),
  ),
  role(SYSTEM, 'system:controller:bootstrap-signer', rule(READ, '', ['secrets'])),
  role(SYSTEM, 'system:controller:cloud-provider', rule(['create', ...READ], '', ['configmaps'])),
  role(SYSTEM, 'system:controller:token-cleaner', rule([...READ, 'delete'], '', ['secrets']), EVENTS),
  ...['kube-controller-manager', 'kube-scheduler'].map((component) =>
    role(
      SYSTEM,
      `${LEADER_LOCK}-${component}`,
      rule(['watch'], '', ['configmaps']),
      rule(['get', 'update'], '', ['configmaps'], [component]),
    ),
  ),
  role(
    PUBLIC,
    'system:controller:bootstrap-signer',
    rule(READ, '', ['configmaps']),
    rule(['update'], '', ['configmaps'], ['cluster-info']),
    EVENTS,
  ),
];

export const namespaceRoleBindings: readonly RoleBinding[] = [
  roleBinding(
    SYSTEM,
    'system::extension-apiserver-authentication-reader',
    [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    'extension-apiserver-authentication-reader',
  ),
  ...['kube-controller-manager', 'kube-scheduler'].map((component) =>
    roleBinding(SYSTEM, `${LEADER_LOCK}-${component}`, [user(`system:${component}`), account(component)]),
  ),
  ...['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map((name) =>
    roleBinding(SYSTEM, `system:controller:${name}`, [account(name)]),
  ),
  roleBinding(PUBLIC, 'system:controller:bootstrap-signer', [account('bootstrap-signer')]),
];
