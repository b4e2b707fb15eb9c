import { describe, expect, test } from 'vitest';
import { findKubectl, kubectlFor } from '../support/kubectl.ts';
import { useMaster } from './conformance-master.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const AUTHORIZATION = '/apis/authorization.k8s.io/v1';
const ACCOUNT = 'system:serviceaccount:default:reader';

describe('what one may do', () => {
  const master = useMaster();
  const asked = { namespace: 'default', verb: 'list', resource: 'configmaps' };

  async function review(kind: 'SubjectAccessReview' | 'LocalSubjectAccessReview'): Promise<unknown> {
    const path =
      kind === 'SubjectAccessReview' ? '/subjectaccessreviews' : '/namespaces/default/localsubjectaccessreviews';
    const answer = await master.api.post(AUTHORIZATION + path, {
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      spec: { user: ACCOUNT, resourceAttributes: asked },
    });
    expect(answer.status).toBe(201);
    return answer.json()['status'];
  }

  const listAs = (user: string) =>
    master.api.get(`${NAMESPACE}/configmaps`, { 'impersonate-user': user }).then(({ status }) => status);

  test('[AU05] is asked for others, and is what they then may do', async () => {
    await master.api.post(`${NAMESPACE}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'reader' },
    });
    for (const kind of ['SubjectAccessReview', 'LocalSubjectAccessReview'] as const) {
      expect(await review(kind)).toMatchObject({ allowed: false });
    }
    expect(await listAs(ACCOUNT)).toBe(403);
    const bound = await master.api.post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
    });
    expect(bound.status).toBe(201);
    for (const kind of ['SubjectAccessReview', 'LocalSubjectAccessReview'] as const) {
      expect(await review(kind)).toMatchObject({ allowed: true });
    }
    expect(await listAs(ACCOUNT)).toBe(200);
    expect(await listAs('system:serviceaccount:default:other')).toBe(403);
  });

  test('[AU05] kubectl asks for itself and for others', async () => {
    const kubectl = kubectlFor(master.kubeconfig, findKubectl('1.30'));
    expect(await kubectl(['auth', 'can-i', 'delete', 'nodes'])).toContain('yes');
    const other = await kubectl.try(['auth', 'can-i', 'delete', 'nodes', '--as=jane']);
    expect([other.exitCode, other.stdout]).toEqual([1, 'no']);
    const list = await kubectl(['auth', 'can-i', '--list', '--as=jane', '--as-group=system:authenticated']);
    expect(list).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io\s+\[\]\s+\[\]\s+\[create\]$/m);
    const { status } = JSON.parse(await kubectl(['auth', 'whoami', '-o', 'json', '--as=jane', '--as-group=devs'])) as {
      status: { userInfo: unknown };
    };
    expect(status.userInfo).toEqual({ username: 'jane', groups: ['devs', 'system:authenticated'] });
  });
});
