import { describe, expect, test } from 'vitest';
import { findKubectl, kubectlFor } from '../support/kubectl.ts';
import { RawApi } from '../support/raw-api.ts';
import type { RawObject } from '../support/raw-http.ts';
import { until } from '../support/until.ts';
import { useMaster } from './conformance-master.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const ACCOUNTS = `${NAMESPACE}/serviceaccounts`;

describe('service accounts', () => {
  const master = useMaster();
  const account = (name: string, more: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, labels: { suite: name } },
    ...more,
  });

  async function tokenOf(name: string, spec: object = {}): Promise<string> {
    const made = await master.api.post(`${ACCOUNTS}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });
    expect(made.status).toBe(201);
    return (made.json()['status'] as { token: string }).token;
  }

  async function review(token: string, audiences?: string[]): Promise<unknown> {
    const answer = await master.api.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, ...(audiences ? { audiences } : {}) },
    });
    expect(answer.status).toBe(201);
    return answer.json()['status'];
  }

  test('[AU02] a token is made, reviewed, and good for those whom it is for', async () => {
    const body = (await master.api.post(ACCOUNTS, account('reviewed'))).json();
    const token = await tokenOf('reviewed', { expirationSeconds: 600 });
    const user = {
      username: 'system:serviceaccount:default:reviewed',
      uid: body.metadata?.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    };
    expect(await review(token)).toMatchObject({ authenticated: true, user });
    const forVault = await tokenOf('reviewed', { audiences: ['vault'] });
    expect(await review(forVault, ['vault', 'other'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user,
    });
    expect(await review(forVault)).not.toMatchObject({ authenticated: true });
    expect(await review(`${token}x`)).not.toMatchObject({ authenticated: true });

    // Who has it acts as the account, and no longer than that is there.
    using bearer = new RawApi({ url: master.access.url, ca: master.access.ca });
    const whoAmI = () =>
      bearer.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        body: '{}',
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await whoAmI()).json()).toMatchObject({ status: { userInfo: user } });
    await master.api.delete(`${ACCOUNTS}/reviewed`);
    expect((await whoAmI()).status).toBe(401);
    expect(await review(token)).not.toMatchObject({ authenticated: true });
  });

  test('[AU02] kubectl makes one', async () => {
    await master.api.post(ACCOUNTS, account('by-kubectl'));
    const kubectl = kubectlFor(master.kubeconfig, findKubectl('1.30'));
    const token = await kubectl(['create', 'token', 'by-kubectl', '--duration=10m']);
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:by-kubectl' },
    });
  });

  test('[AU03] a token is mounted unless the account or the pod does not want it', async () => {
    await master.api.post(ACCOUNTS, account('mounts'));
    await master.api.post(ACCOUNTS, account('mounts-not', { automountServiceAccountToken: false }));
    let count = 0;
    for (const [serviceAccountName, wish, mounted] of [
      ['mounts', undefined, true],
      ['mounts', true, true],
      ['mounts', false, false],
      ['mounts-not', undefined, false],
      ['mounts-not', true, true],
      ['mounts-not', false, false],
    ] as const) {
      const made = await master.api.post(`${NAMESPACE}/pods`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `mounting-${count++}` },
        spec: {
          serviceAccountName,
          ...(wish === undefined ? {} : { automountServiceAccountToken: wish }),
          containers: [{ name: 'web', image: 'web:1' }],
        },
      });
      expect(made.status).toBe(201);
      const [container] = (made.json()['spec'] as { containers: { volumeMounts?: { mountPath: string }[] }[] })
        .containers;
      const paths = (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
      expect(paths).toEqual(mounted ? ['/var/run/secrets/kubernetes.io/serviceaccount'] : []);
    }
  });

  test('[AU04] an account is created, watched, patched, found everywhere and deleted with what is labelled like it', async () => {
    const made = await master.api.post(ACCOUNTS, account('lifecycle'));
    expect(made.status).toBe(201);
    using watch = await master.api.watch(
      `${ACCOUNTS}?watch=true&labelSelector=suite%3Dlifecycle&resourceVersion=${made.json().metadata?.resourceVersion ?? ''}`,
    );
    const patched = await master.api.patch(`${ACCOUNTS}/lifecycle`, 'strategic', {
      automountServiceAccountToken: false,
    });
    expect(patched.status).toBe(200);
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { automountServiceAccountToken: false } });
    const everywhere = await master.api.get('/api/v1/serviceaccounts?labelSelector=suite%3Dlifecycle');
    expect(everywhere.json().items?.map(({ metadata }) => metadata?.name)).toEqual(['lifecycle']);
    expect((await master.api.delete(`${ACCOUNTS}?labelSelector=suite%3Dlifecycle`)).status).toBe(200);
    expect(await watch.next()).toMatchObject({ type: 'DELETED' });
  });

  test('[AU04] an account is updated', async () => {
    const body = (await master.api.post(ACCOUNTS, account('updated'))).json();
    const updated = await master.api.put(`${ACCOUNTS}/updated`, { ...body, automountServiceAccountToken: true });
    expect(updated.status).toBe(200);
    expect((await master.api.get(`${ACCOUNTS}/updated`)).json()['automountServiceAccountToken']).toBe(true);
  });

  test('[AU04] every namespace has the certificate of the API server, which comes back when it is deleted or changed', async () => {
    await master.api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } });
    const path = '/api/v1/namespaces/fresh/configmaps/kube-root-ca.crt';
    const found = async (): Promise<RawObject | null> => {
      const answer = await master.api.get(path);
      return answer.status === 200 ? answer.json() : null;
    };
    const first = await until(found);
    expect(first['data']).toEqual({ 'ca.crt': master.access.ca });
    await master.api.delete(path);
    const second = await until(found);
    expect(second.metadata?.uid).not.toBe(first.metadata?.uid);
    const emptied = (await master.api.put(path, { ...second, data: { 'ca.crt': '' } })).json();
    const third = await until(async () => {
      const now = await found();
      return now?.metadata?.resourceVersion !== emptied.metadata?.resourceVersion && now;
    });
    expect(third['data']).toEqual(first['data']);
  });
});
