import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
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

let master: TestMaster;
beforeAll(async () => void (master = await TestMaster.start({ clock: new VirtualClock() })));
afterAll(() => master[Symbol.asyncDispose]());

const apiVersion = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const namespace = 'default';

const role = (rules: NonNullable<Role['rules']>): Role => ({
  apiVersion,
  kind: 'Role',
  metadata: { name: 'r', namespace },
  rules,
});
const binding = (name: string, change: Partial<RoleBinding> = {}): RoleBinding => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name, namespace },
  roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'view' },
  ...change,
});

describe('a role', () => {
  it.each<[string, NonNullable<Role['rules']>[number], string]>([
    [
      'no verbs',
      { verbs: [], apiGroups: [''], resources: ['pods'] },
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [
      'no group',
      { verbs: ['get'], resources: ['pods'] },
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    ],
    [
      'no resource',
      { verbs: ['get'], apiGroups: [''] },
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
    [
      'a path',
      { verbs: ['get'], nonResourceURLs: ['/metrics'] },
      'rules[0].nonResourceURLs: Invalid value: ["/metrics"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ])('with %s is refused', async (_, rule, why) => {
    await expect(master.admin.create(roles, role([rule]))).rejects.toMatchObject({
      code: 422,
      message: `Role.${GROUP} "r" is invalid: ${why}`,
    });
  });

  it('of the cluster may be about paths, not about paths and resources at once', async () => {
    const make = (name: string, rest: Partial<ClusterRole>): Promise<unknown> =>
      master.admin.create(clusterRoles, { apiVersion, kind: 'ClusterRole', metadata: { name }, ...rest });
    await expect(make('paths', { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] })).resolves.toBeDefined();
    await expect(
      make('both', { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], nonResourceURLs: ['/x'] }] }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('rules cannot apply to both regular resources and non-resource URLs') as string,
    });
    await expect(make('sum', { aggregationRule: { clusterRoleSelectors: [] } })).rejects.toMatchObject({
      message: expect.stringContaining('at least one clusterRoleSelector required') as string,
    });
    await expect(make('a/b', {})).rejects.toMatchObject({
      message: expect.stringContaining("may not contain '/'") as string,
    });
  });
});

describe('a binding', () => {
  it('is completed with the group of roles and people', async () => {
    const subjects = [
      { kind: 'User', name: 'anna' },
      { kind: 'ServiceAccount', name: 'bot' },
    ];
    expect(await master.admin.create(roleBindings, binding('complete', { subjects }))).toMatchObject({
      roleRef: { apiGroup: GROUP },
      subjects: [
        { apiGroup: GROUP, kind: 'User', name: 'anna' },
        { kind: 'ServiceAccount', name: 'bot' },
      ],
    });
  });

  it.each<[string, Partial<RoleBinding>, string]>([
    [
      'a role of another group',
      { roleRef: { apiGroup: 'x', kind: 'Role', name: 'r' } },
      `roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
    ],
    ['no role', { roleRef: { apiGroup: '', kind: 'Role', name: '' } }, 'roleRef.name: Required value'],
    [
      'another kind',
      { roleRef: { apiGroup: '', kind: 'Pod', name: 'r' } },
      'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
    ],
    [
      'a subject of another kind',
      { subjects: [{ kind: 'Robot', name: 'r' }] },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
    [
      'an account of a group',
      { subjects: [{ kind: 'ServiceAccount', name: 'r', apiGroup: 'x' }] },
      'subjects[0].apiGroup: Unsupported value: "x": supported values: ""',
    ],
  ])('with %s is refused', async (_, change, why) => {
    await expect(master.admin.create(roleBindings, binding('wrong', change))).rejects.toMatchObject({
      message: `RoleBinding.${GROUP} "wrong" is invalid: ${why}`,
    });
  });

  it('never gets another role', async () => {
    await master.admin.create(roleBindings, binding('fixed'));
    const change = { roleRef: { name: 'edit' } };
    await expect(master.admin.patch(roleBindings, { namespace, name: 'fixed' }, 'merge', change)).rejects.toMatchObject(
      {
        code: 422,
        message: expect.stringContaining('cannot change roleRef') as string,
      },
    );
  });

  it('of the cluster names the namespace of an account', async () => {
    const object: ClusterRoleBinding = {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'c' },
      subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'view' },
    };
    await expect(master.admin.create(clusterRoleBindings, object)).rejects.toMatchObject({
      message: `ClusterRoleBinding.${GROUP} "c" is invalid: subjects[0].namespace: Required value`,
    });
  });
});
