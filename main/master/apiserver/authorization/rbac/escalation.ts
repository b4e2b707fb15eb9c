import { statusError } from '#common/kube/status-error.ts';
import { MASTERS } from '../../authentication/user.ts';
import type { WriteContext } from '../../kind.ts';
import { compact, listText, ruleText, uncovered } from './covers.ts';
import type { PolicyRule } from './rules.ts';

const GROUP = 'rbac.authorization.k8s.io';

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

export interface WrittenRole {
  readonly plural: 'roles' | 'clusterroles';
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  /** An aggregated role may gather anything. */
  readonly aggregated: boolean;
  readonly created: boolean;
}

/**
 * Nobody gives what they do not have: who writes a role holds all of it already, or may `escalate` roles
 * (pkg/registry/rbac). Throws 403.
 */
export function checkRoleEscalation(role: WrittenRole, context: WriteContext): void {
  // A creation is authorized without a name, so `escalate` is as well.
  if (isSuperuser(context) || isAllowed(context, 'escalate', role.plural, role.created ? '' : role.name)) return;
  checkHeld(role.plural, role.name, role.rules, context);
  if (role.aggregated && missing(EVERYTHING, context).length > 0) {
    throw statusError.forbidden(
      { group: GROUP, plural: role.plural },
      role.name,
      'must have cluster-admin privileges to use the aggregationRule',
    );
  }
}

export interface WrittenBinding {
  readonly plural: 'rolebindings' | 'clusterrolebindings';
  readonly name: string;
  readonly roleRef: { readonly kind: string; readonly name: string };
}

/** Who binds a role holds all of it already, or may `bind` that role. Throws 403, or 404 for an unknown role. */
export function checkBindingEscalation(binding: WrittenBinding, context: WriteContext): void {
  const { kind, name } = binding.roleRef;
  if (kind !== 'Role' && kind !== 'ClusterRole') return;
  const plural = kind === 'Role' ? 'roles' : 'clusterroles';
  if (isSuperuser(context) || isAllowed(context, 'bind', plural, name)) return;
  const rules = context.api.rbac.rulesOfRole({ kind, name }, context.namespace ?? '');
  if (!rules) throw statusError.notFound({ group: GROUP, plural: kind.toLowerCase() }, name);
  checkHeld(binding.plural, binding.name, rules, context);
}

function checkHeld(plural: string, name: string, rules: readonly PolicyRule[], context: WriteContext): void {
  const lacking = missing(rules, context);
  if (lacking.length === 0) return;
  const { user } = context;
  const texts = [...new Set(compact(lacking).map(ruleText))].sort();
  const { errors } = context.api.rbac.rulesFor(user, context.namespace ?? '');
  const unresolved = errors.length === 0 ? '' : `; resolution errors: [${errors.join(' ')}]`;
  throw statusError.forbidden(
    { group: GROUP, plural },
    name,
    `user "${user.name}" (groups=${listText(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}${unresolved}`,
  );
}

function missing(rules: readonly PolicyRule[], { api, user, namespace }: WriteContext): PolicyRule[] {
  return uncovered(api.rbac.rulesFor(user, namespace ?? '').rules, rules);
}

function isSuperuser({ user }: WriteContext): boolean {
  return user.groups.includes(MASTERS);
}

function isAllowed({ api, user, namespace }: WriteContext, verb: string, plural: string, name: string): boolean {
  return api.authorizer.decide({
    user,
    verb,
    group: GROUP,
    version: '*',
    resource: plural,
    subresource: '',
    namespace: namespace ?? '',
    name,
  }).allowed;
}
