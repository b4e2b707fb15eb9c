import type { Client } from '#common/client/client.ts';
import { mutableCopy } from '#common/base/freeze.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  type ClusterRole,
  type ClusterRoleBinding,
  type Resource,
  type Role,
  type RoleBinding,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import type { Policy } from '../apiserver/authorization/bootstrap-policy.ts';
import { bindingsOfNewCluster } from '../apiserver/authorization/policy/own-policy.ts';
import { uncovered } from '../apiserver/authorization/rbac/covers.ts';
import { sameJson } from '../apiserver/handlers/write-object.ts';
import { createIfMissing } from './system-objects.ts';

type Rule = NonNullable<Role['rules']>[number];

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const CLUSTER_ADMIN = 'cluster-admin';

/**
 * Writes the policy that every cluster starts with, as upstream's API server does at each start: what is
 * missing is added, what was added by others stays, and what is marked `autoupdate: "false"` is left alone.
 */
export async function reconcilePolicy(client: Client, policy: Policy): Promise<void> {
  const isNew = !(await find(client, clusterRoles, { name: CLUSTER_ADMIN }));
  // Before the role that marks the cluster as no longer new: a start that is cut off begins anew.
  if (isNew) await Promise.all(bindingsOfNewCluster.map((one) => createIfMissing(client, clusterRoleBindings, one)));
  await Promise.all([
    ...policy.clusterRoles.map((one) => reconcile(client, clusterRoles, one, withMissingRules)),
    ...policy.roles.map((one) => reconcile(client, roles, one, withMissingRules)),
    ...policy.clusterRoleBindings.map((one) => reconcileBinding(client, clusterRoleBindings, one)),
    ...policy.roleBindings.map((one) => reconcileBinding(client, roleBindings, one)),
  ]);
}

async function reconcile<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  expected: T,
  complete: (draft: T, expected: T) => void,
): Promise<void> {
  const { name = '', namespace } = expected.metadata ?? {};
  const held = await find(client, resource, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (!held) {
    await createIfMissing(client, resource, expected);
    return;
  }
  if (held.metadata.annotations?.[AUTO_UPDATE] === 'false') return;
  const draft = mutableCopy<T>(held as never);
  draft.metadata = {
    ...draft.metadata,
    labels: { ...expected.metadata?.labels, ...draft.metadata?.labels },
    annotations: { ...expected.metadata?.annotations, ...draft.metadata?.annotations },
  };
  complete(draft, expected);
  if (!sameJson(draft, held)) await client.update(resource, draft);
}

/** What a binding binds cannot be changed: a binding of another role is made anew. */
async function reconcileBinding<T extends RoleBinding | ClusterRoleBinding>(
  client: Client,
  resource: Resource<T>,
  expected: T,
): Promise<void> {
  const { name = '', namespace } = expected.metadata ?? {};
  const ref = { name, ...(namespace === undefined ? {} : { namespace }) };
  const held = await find(client, resource, ref);
  const protectedByUser = held?.metadata.annotations?.[AUTO_UPDATE] === 'false';
  if (held && !protectedByUser && !sameJson((held as unknown as Stored<RoleBinding>).roleRef, expected.roleRef)) {
    await client.delete(resource, ref);
  }
  await reconcile(client, resource, expected, withMissingSubjects);
}

function withMissingRules(draft: Role | ClusterRole, expected: Role | ClusterRole): void {
  const missing = uncovered(draft.rules ?? [], expected.rules ?? []);
  if (missing.length > 0) draft.rules = [...(draft.rules ?? []), ...missing.map((rule) => mutableCopy<Rule>(rule))];
  if (!('aggregationRule' in expected) || !expected.aggregationRule) return;
  const target = draft as ClusterRole;
  const held = target.aggregationRule?.clusterRoleSelectors ?? [];
  const selectors = (expected.aggregationRule.clusterRoleSelectors ?? []).filter(
    (selector) => !held.some((one) => sameJson(one, selector)),
  );
  if (selectors.length > 0) target.aggregationRule = { clusterRoleSelectors: [...held, ...selectors] };
}

function withMissingSubjects<T extends RoleBinding | ClusterRoleBinding>(draft: T, expected: T): void {
  const held = draft.subjects ?? [];
  const missing = (expected.subjects ?? []).filter((subject) => !held.some((one) => sameJson(one, subject)));
  if (missing.length > 0) draft.subjects = [...held, ...missing];
}

async function find<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  ref: { readonly name: string; readonly namespace?: string },
): Promise<Stored<T> | undefined> {
  return client.get(resource, ref).catch((error: unknown) => {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  });
}
