import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { ISubjectAccessReviewSpec } from 'kubernetes-models/authorization.k8s.io/v1/SubjectAccessReviewSpec';
import {
  localSubjectAccessReviews,
  roleBindings,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { authenticated } from '../../authentication/user.ts';

const apiVersion = 'authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const READ_PODS = { verb: 'get', resource: 'pods', namespace: 'default' };

let master: TestMaster;
beforeAll(async () => {
  master = await TestMaster.start({ clock: new VirtualClock() });
  await master.admin.create(roleBindings, {
    apiVersion: `${GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'watchers', namespace: 'default' },
    subjects: [{ kind: 'User', name: 'anna' }],
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'system:aggregate-to-view' },
  });
});
afterAll(() => master[Symbol.asyncDispose]());

const anna = () => master.client(authenticated('anna', []), 'test');
const ask = (spec: ISubjectAccessReviewSpec) =>
  master.admin.create(subjectAccessReviews, { apiVersion, kind: 'SubjectAccessReview', spec });

describe('a review of what someone may do', () => {
  it('says yes, and by what', async () => {
    expect(await ask({ user: 'anna', resourceAttributes: READ_PODS })).toMatchObject({
      spec: { user: 'anna' },
      status: {
        allowed: true,
        reason:
          'RBAC: allowed by RoleBinding "watchers/default" of ClusterRole "system:aggregate-to-view" to User "anna"',
      },
    });
  });

  it.each<[string, ISubjectAccessReviewSpec]>([
    ['elsewhere', { user: 'anna', resourceAttributes: { ...READ_PODS, namespace: 'kube-system' } }],
    ['another verb', { user: 'anna', resourceAttributes: { ...READ_PODS, verb: 'delete' } }],
    ['someone else', { user: 'bert', resourceAttributes: READ_PODS }],
    ['a path', { user: 'anna', nonResourceAttributes: { path: '/metrics', verb: 'get' } }],
  ])('says no for %s', async (_, spec) => {
    expect((await ask(spec)).status).toEqual({ allowed: false });
  });

  it('knows paths and groups', async () => {
    const spec = { groups: ['system:monitoring'], nonResourceAttributes: { path: '/metrics', verb: 'get' } };
    expect((await ask(spec)).status?.allowed).toBe(true);
  });

  it.each<[string, ISubjectAccessReviewSpec, string]>([
    [
      'nobody',
      { resourceAttributes: READ_PODS },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      'nothing',
      { user: 'a' },
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'two things',
      { user: 'a', resourceAttributes: READ_PODS, nonResourceAttributes: { path: '/', verb: 'get' } },
      'spec.nonResourceAttributes: Invalid value: {"path":"/","verb":"get"}: cannot be specified in combination with resourceAttributes',
    ],
  ])('about %s is refused', async (_, spec, why) => {
    await expect(ask(spec)).rejects.toMatchObject({
      code: 422,
      message: `SubjectAccessReview.authorization.k8s.io "" is invalid: ${why}`,
    });
  });

  it('within a namespace is about that namespace', async () => {
    const local = (namespace: string) =>
      master.admin.create(localSubjectAccessReviews, {
        apiVersion,
        kind: 'LocalSubjectAccessReview',
        metadata: { namespace: 'default' },
        spec: { user: 'anna', resourceAttributes: { ...READ_PODS, namespace } },
      });
    expect((await local('default')).status?.allowed).toBe(true);
    await expect(local('kube-system')).rejects.toMatchObject({
      message: expect.stringContaining('must match metadata.namespace') as string,
    });
  });

  it('is for those only who may ask it, but about oneself for everybody', async () => {
    const other = {
      apiVersion,
      kind: 'SubjectAccessReview',
      spec: { user: 'bert', resourceAttributes: READ_PODS },
    } as const;
    await expect(anna().create(subjectAccessReviews, other)).rejects.toMatchObject({ code: 403 });
    const own = { apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: READ_PODS } } as const;
    expect((await anna().create(selfSubjectAccessReviews, own)).status?.allowed).toBe(true);
  });

  it('is judged by its field selector, for nodes', async () => {
    const list = { verb: 'list', resource: 'pods', fieldSelector: { rawSelector: 'spec.nodeName=a' } };
    const node = { user: 'system:node:a', groups: ['system:nodes'] };
    expect((await ask({ ...node, resourceAttributes: list })).status?.allowed).toBe(true);
    const requirements = [{ key: 'spec.nodeName', operator: 'In', values: ['b'] }];
    expect((await ask({ ...node, resourceAttributes: { ...list, fieldSelector: { requirements } } })).status).toEqual({
      allowed: false,
      reason: 'can only list/watch pods with spec.nodeName field selector',
    });
  });
});

describe('a review of all rules', () => {
  const list = (user: string, groups: string[], namespace: string) =>
    master.client(authenticated(user, groups), 'test').create(selfSubjectRulesReviews, {
      apiVersion,
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    });

  it('lists what is bound in the namespace and everywhere', async () => {
    const { status } = await list('anna', [], 'default');
    expect(status).toMatchObject({ incomplete: false });
    const resources = (status?.resourceRules ?? []).flatMap((rule) => rule.resources ?? []);
    expect(resources).toEqual(expect.arrayContaining(['pods', 'selfsubjectrulesreviews']));
    expect(status?.nonResourceRules.flatMap((rule) => rule.nonResourceURLs ?? [])).toContain('/apis/*');
    const elsewhere = (await list('anna', [], 'kube-public')).status?.resourceRules ?? [];
    expect(elsewhere.flatMap((rule) => rule.resources ?? [])).not.toContain('pods');
  });

  it('says that it cannot list what nodes may do', async () => {
    expect((await list('system:node:a', ['system:nodes'], 'default')).status).toMatchObject({
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
  });

  it('needs a namespace', async () => {
    await expect(list('anna', [], '')).rejects.toMatchObject({ code: 400, message: 'no namespace on request' });
  });
});

it('reviews can be created and nothing else', async () => {
  const { session } = await master.https();
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  expect((await session.request({ method: 'GET', path })).status).toBe(405);
});
