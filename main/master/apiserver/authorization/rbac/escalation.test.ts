import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  type ClusterRole,
  type ClusterRoleBinding,
  type Role,
  type RoleBinding,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { authenticated } from '../../authentication/user.ts';

let master: TestMaster;
let anna: Client;

const apiVersion = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const namespace = 'default';
type Rules = NonNullable<Role['rules']>;

const READ_PODS: Rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
const role = (rules: Rules, name = 'r'): Role => ({ apiVersion, kind: 'Role', metadata: { name, namespace }, rules });
const clusterRole = (name: string, rest: Partial<ClusterRole>): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name },
  ...rest,
});
const binding = (name: string, roleName = name, kind = 'ClusterRole'): RoleBinding => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name, namespace },
  subjects: [{ kind: 'User', name: 'bert', apiGroup: GROUP }],
  roleRef: { apiGroup: GROUP, kind, name: roleName },
});

/** Gives anna these rules in the namespace, or everywhere. */
async function grant(rules: Rules, where: 'namespace' | 'everywhere' = 'namespace'): Promise<void> {
  const name = `grant-${where}-${JSON.stringify(rules).length}`;
  await master.admin.create(clusterRoles, clusterRole(name, { rules }));
  const subjects = [{ kind: 'User', name: 'anna', apiGroup: GROUP }];
  if (where === 'namespace') await master.admin.create(roleBindings, { ...binding(name), subjects });
  else {
    const { roleRef } = binding(name);
    const object: ClusterRoleBinding = {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects,
      roleRef,
    };
    await master.admin.create(clusterRoleBindings, object);
  }
}

const WRITE_RBAC: Rules = [
  {
    apiGroups: [GROUP],
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    verbs: ['get', 'create', 'update', 'patch'],
  },
];

beforeEach(async () => {
  master = await TestMaster.start({ clock: new VirtualClock() });
  anna = master.client(authenticated('anna', ['team']), 'test');
  await grant(WRITE_RBAC, 'everywhere');
});
afterEach(() => master[Symbol.asyncDispose]());

describe('who writes a role', () => {
  it('must hold all of it', async () => {
    const wanted = role([{ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list'] }]);
    await grant(READ_PODS);
    await expect(anna.create(roles, wanted)).rejects.toMatchObject({
      code: 403,
      message: `roles.${GROUP} "r" is forbidden: user "anna" (groups=["team" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`,
    });
    await expect(anna.create(roles, role(READ_PODS))).resolves.toBeDefined();
  });

  it('must hold it where the role holds', async () => {
    await grant(READ_PODS);
    await expect(anna.create(clusterRoles, clusterRole('c', { rules: READ_PODS }))).rejects.toMatchObject({
      code: 403,
    });
  });

  it('must hold all of what an update leaves, unless that is about owners and finalizers only', async () => {
    await master.admin.create(roles, role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]));
    const patch = (change: object) => anna.patch(roles, { namespace, name: 'r' }, 'merge', change);
    await expect(patch({ metadata: { labels: { a: 'b' } } })).rejects.toMatchObject({ code: 403 });
    await expect(patch({ metadata: { finalizers: ['example.com/wait'] } })).resolves.toBeDefined();
  });

  it('may write any role with the verb escalate', async () => {
    await grant([{ apiGroups: [GROUP], resources: ['roles'], verbs: ['escalate'] }]);
    await expect(
      anna.create(roles, role([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])),
    ).resolves.toBeDefined();
  });

  it('must hold everything for an aggregated one', async () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    const wanted = clusterRole('sum', { aggregationRule });
    await expect(anna.create(clusterRoles, wanted)).rejects.toMatchObject({
      message: `clusterroles.${GROUP} "sum" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
    });
    await expect(master.admin.create(clusterRoles, wanted)).resolves.toBeDefined();
  });
});

describe('who binds a role', () => {
  it('must hold all of it', async () => {
    await expect(anna.create(roleBindings, binding('b', 'cluster-admin'))).rejects.toMatchObject({
      message: expect.stringContaining(
        'not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
      ) as string,
    });
    await grant(READ_PODS);
    await master.admin.create(roles, role(READ_PODS));
    await expect(anna.create(roleBindings, binding('own', 'r', 'Role'))).resolves.toBeDefined();
  });

  it('may bind a role with the verb bind on it', async () => {
    await grant([{ apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['edit'], verbs: ['bind'] }]);
    await expect(anna.create(roleBindings, binding('b', 'edit'))).resolves.toBeDefined();
    await expect(anna.create(roleBindings, binding('c', 'cluster-admin'))).rejects.toMatchObject({ code: 403 });
  });

  it('must name a role that is there', async () => {
    await expect(anna.create(roleBindings, binding('b', 'missing'))).rejects.toMatchObject({
      code: 404,
      message: `clusterrole.${GROUP} "missing" not found`,
    });
    // Who may bind anything may do so before there is a role.
    await expect(master.admin.create(roleBindings, binding('b', 'missing'))).resolves.toBeDefined();
  });
});
