import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  nodes,
  pods,
  roleBindings,
  roles,
  subjectAccessReviews,
  type ClusterRoleBinding,
  type ConfigMap,
  type RoleBinding,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { ANONYMOUS, authenticated } from '../../authentication/user.ts';
import { CLUSTER_ADMINS, controllerUser } from '../bootstrap-policy.ts';

let master: TestMaster;
beforeEach(async () => (master = await TestMaster.start({ clock: new VirtualClock() })));
afterEach(() => master[Symbol.asyncDispose]());

const API = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
type Subjects = NonNullable<RoleBinding['subjects']>;

const as = (name: string, ...groups: string[]): Client => master.client(authenticated(name, groups), 'test');
const anna = (...groups: string[]): Client => as('anna', ...groups);

async function addRole(name = 'reader'): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
  await master.admin.create(roles, { apiVersion: API, kind: 'Role', metadata: { name, namespace: 'default' }, rules });
}
const bindingOf = (subjects: Subjects, roleRef = { kind: 'Role', name: 'reader' }): RoleBinding => ({
  apiVersion: API,
  kind: 'RoleBinding',
  metadata: { name: 'readers', namespace: 'default' },
  subjects,
  roleRef: { apiGroup: GROUP, ...roleRef },
});
const everywhere = (subjects: Subjects, name = 'view'): ClusterRoleBinding => ({
  apiVersion: API,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'all' },
  subjects,
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
});
const ANNA: Subjects = [{ kind: 'User', name: 'anna', apiGroup: GROUP }];

describe('a role that is bound in a namespace', () => {
  beforeEach(() => addRole());

  it.each<[string, Subjects, () => Client]>([
    ['a user', ANNA, anna],
    ['a group', [{ kind: 'Group', name: 'team', apiGroup: GROUP }], () => anna('team')],
    [
      'an account of another namespace',
      [{ kind: 'ServiceAccount', name: 'bot', namespace: 'other' }],
      () => as('system:serviceaccount:other:bot'),
    ],
    [
      'an account of its own namespace',
      [{ kind: 'ServiceAccount', name: 'bot' }],
      () => as('system:serviceaccount:default:bot'),
    ],
  ])('holds for %s, there and nowhere else', async (_, subjects, client) => {
    await expect(client().list(pods, { namespace: 'default' })).rejects.toMatchObject({ code: 403 });
    await master.admin.create(roleBindings, bindingOf(subjects));
    await expect(client().list(pods, { namespace: 'default' })).resolves.toMatchObject({ items: [] });
    await expect(client().list(pods, { namespace: 'kube-system' })).rejects.toMatchObject({ code: 403 });
    await expect(client().list(pods)).rejects.toMatchObject({ code: 403 });
    await expect(as('someone').list(pods, { namespace: 'default' })).rejects.toMatchObject({ code: 403 });
  });

  it('gives what the role says at that moment, until it is taken away', async () => {
    await master.admin.create(roleBindings, bindingOf(ANNA));
    const read = () => anna().list(configMaps, { namespace: 'default' });
    await expect(read()).rejects.toMatchObject({ code: 403 });
    const ref = { namespace: 'default', name: 'reader' };
    await master.admin.patch(roles, ref, 'json', [{ op: 'add', path: '/rules/0/resources/-', value: 'configmaps' }]);
    await expect(read()).resolves.toBeDefined();
    await master.admin.patch(roleBindings, { namespace: 'default', name: 'readers' }, 'merge', { subjects: [] });
    await expect(read()).rejects.toMatchObject({ code: 403 });
  });

  it('may be a cluster role, which then holds in that namespace only', async () => {
    await master.admin.create(roleBindings, bindingOf(ANNA, { kind: 'ClusterRole', name: 'system:node-proxier' }));
    await expect(anna().list(nodes)).rejects.toMatchObject({ code: 403 });
  });
});

describe('a refusal', () => {
  it('names who wanted what, where', async () => {
    await expect(anna().get(pods, { namespace: 'default', name: 'a' })).rejects.toMatchObject({
      message:
        'pods "a" is forbidden: User "anna" cannot get resource "pods" in API group "" in the namespace "default"',
    });
    await expect(anna().list(clusterRoles)).rejects.toMatchObject({
      message: `clusterroles.${GROUP} is forbidden: User "anna" cannot list resource "clusterroles" in API group "${GROUP}" at the cluster scope`,
      status: { reason: 'Forbidden', code: 403, details: { group: GROUP, kind: 'clusterroles' } },
    });
  });

  it('tells of a binding whose role is not there', async () => {
    await master.admin.create(clusterRoleBindings, everywhere(ANNA, 'missing'));
    await expect(anna().list(nodes)).rejects.toMatchObject({
      message: `nodes is forbidden: User "anna" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.${GROUP} "missing" not found`,
    });
  });

  it('is never HTML', async () => {
    await expect(as('<b>&').list(nodes)).rejects.toMatchObject({
      message:
        'nodes is forbidden: User "&lt;b&gt;&amp;" cannot list resource "nodes" in API group "" at the cluster scope',
    });
  });
});

describe('from the start', () => {
  it('administrators have all power by a binding that can be taken away', async () => {
    await master.admin.list(nodes);
    await master.admin.delete(clusterRoleBindings, { name: CLUSTER_ADMINS });
    await expect(master.admin.list(nodes)).rejects.toMatchObject({ code: 403 });
  });

  it('every controller has the role of its name, and no more', async () => {
    const replication = as(controllerUser('replication-controller'));
    await expect(replication.list(pods)).resolves.toBeDefined();
    await expect(replication.list(nodes)).rejects.toMatchObject({ code: 403 });
    const root = as(controllerUser('root-ca-cert-publisher'));
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace: 'default' },
    };
    await expect(root.create(configMaps, object)).resolves.toBeDefined();
    await expect(root.list(configMaps)).rejects.toMatchObject({ code: 403 });
  });

  it('everybody may see what is served', async () => {
    const { session } = await master.https('anna', []);
    const statusOf = async (path: string): Promise<number> => (await session.request({ method: 'GET', path })).status;
    expect(await statusOf('/apis')).toBe(200);
    expect(await statusOf('/version')).toBe(200);
    expect(await statusOf('/metrics')).toBe(403);
  });

  it('the anonymous may see health and version, no more', async () => {
    const may = async (path: string): Promise<boolean | undefined> => {
      const review = await master.admin.create(subjectAccessReviews, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: ANONYMOUS.name, groups: [...ANONYMOUS.groups], nonResourceAttributes: { path, verb: 'get' } },
      });
      return review.status?.allowed;
    };
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) expect(await may(path)).toBe(true);
    for (const path of ['/apis', '/openapi/v3', '/metrics', '/healthz/ping']) expect(await may(path)).toBe(false);
  });
});
