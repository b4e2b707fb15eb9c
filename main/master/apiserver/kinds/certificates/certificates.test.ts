import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  type CertificateSigningRequest,
  type ClusterRole,
} from '#common/kube/resources.ts';
import { certificateRequest } from '../../../../../agent/identity/certificate-request.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { authenticated, BOOTSTRAPPERS, NODES } from '../../authentication/user.ts';

let clock: VirtualClock;
let master: TestMaster;
beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const GROUP = 'rbac.authorization.k8s.io';
const privateKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

const asking = (
  signerName: string,
  commonName = 'bert',
  organization = 'team',
  usages: readonly string[] = ['digital signature', 'client auth'],
): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'r' },
  spec: {
    signerName,
    // Also such as there are not.
    usages: usages as CertificateSigningRequest['spec']['usages'],
    request: Buffer.from(certificateRequest({ commonName, organization }, privateKey)).toString('base64'),
  },
});
const kubelet = (): CertificateSigningRequest => asking(KUBELET, 'system:node:a', NODES);
const as = (name: string, ...groups: string[]): Client => master.client(authenticated(name, groups), 'test');
const request = () => master.admin.get(certificateSigningRequests, { name: 'r' });
const conditions = async (): Promise<string[]> =>
  ((await request()).status?.conditions ?? []).map(({ type, reason = '' }) => `${type} ${reason}`);
const decide = (client: Client, type: string, status = 'True', subresource: 'approval' | 'status' = 'approval') =>
  client.patch(
    certificateSigningRequests,
    { name: 'r' },
    'merge',
    { status: { conditions: [{ type, status, reason: 'Test', message: 'by a test' }] } },
    { subresource },
  );

async function grant(user: string, ...rules: NonNullable<ClusterRole['rules']>): Promise<void> {
  const metadata = { name: `of-${user}` };
  const apiVersion = `${GROUP}/v1`;
  await master.admin.create(clusterRoles, { apiVersion, kind: 'ClusterRole', metadata, rules });
  await master.admin.create(clusterRoleBindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    subjects: [{ kind: 'User', name: user }],
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: metadata.name },
  });
}
const APPROVAL = {
  apiGroups: ['certificates.k8s.io'],
  resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
  verbs: ['update', 'patch'],
};
const signers = (verb: string, name: string) => ({
  apiGroups: ['certificates.k8s.io'],
  resources: ['signers'],
  resourceNames: [name],
  verbs: [verb],
});

describe('a certificate request', () => {
  it('is signed once a person has approved it', async () => {
    await master.admin.create(certificateSigningRequests, asking(CLIENT));
    await clock.advance(0);
    expect(await conditions()).toEqual([]);
    await decide(master.admin, 'Approved');
    await clock.advance(0);
    expect((await request()).status?.certificate).toMatch(/^LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0t/);
  });

  it('is never signed once it is denied', async () => {
    await master.admin.create(certificateSigningRequests, asking(CLIENT));
    await decide(master.admin, 'Denied');
    await clock.advance(0);
    expect((await request()).status?.certificate).toBeUndefined();
    await expect(decide(master.admin, 'Approved')).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('updates may not remove a condition of type "Denied"') as string,
    });
  });

  it('is approved by those only who may approve for its signer', async () => {
    await master.admin.create(certificateSigningRequests, asking(CLIENT));
    await grant('anna', APPROVAL, signers('approve', 'example.com/mine'));
    await expect(decide(as('anna'), 'Approved')).rejects.toMatchObject({
      code: 403,
      message: `certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "${CLIENT}"`,
    });
    await grant('carl', APPROVAL, signers('approve', 'kubernetes.io/*'));
    await expect(decide(as('carl'), 'Approved')).resolves.toBeDefined();
  });

  it('is failed or signed by those only who may sign for its signer', async () => {
    await master.admin.create(certificateSigningRequests, asking('example.com/mine'));
    await grant('anna', APPROVAL, signers('approve', 'example.com/mine'));
    await expect(decide(as('anna'), 'Failed', 'True', 'status')).rejects.toMatchObject({
      message: `certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to sign requests with signerName "example.com/mine"`,
    });
    await grant('carl', APPROVAL, signers('sign', 'example.com/mine'));
    await expect(decide(as('carl'), 'Failed', 'True', 'status')).resolves.toBeDefined();
  });

  it('for the group above all policy is not even taken', async () => {
    await expect(
      master.admin.create(certificateSigningRequests, asking(CLIENT, 'bert', 'system:masters')),
    ).rejects.toMatchObject({
      code: 403,
      message: `certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of ${CLIENT} signer with system:masters group is not allowed`,
    });
  });

  it.each<[string, CertificateSigningRequest, string]>([
    ['an unknown usage', asking(CLIENT, 'a', 'b', ['flying']), 'spec.usages[0]: Unsupported value: "flying"'],
    [
      'a usage twice',
      asking(CLIENT, 'a', 'b', ['client auth', 'client auth']),
      'spec.usages[1]: Duplicate value: "client auth"',
    ],
    [
      'the legacy signer',
      asking('kubernetes.io/legacy-unknown'),
      'the legacy signerName is not allowed via this API version',
    ],
  ])('with %s is refused', async (_, object, why) => {
    await expect(master.admin.create(certificateSigningRequests, object)).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining(why) as string,
    });
  });

  it('is not half approved', async () => {
    await master.admin.create(certificateSigningRequests, asking(CLIENT));
    await expect(decide(master.admin, 'Approved', 'False')).rejects.toMatchObject({
      message: expect.stringContaining('status.conditions[0].status: Unsupported value: "False"') as string,
    });
  });
});

describe("a kubelet's first certificate", () => {
  it('is approved by itself for who may ask for nodes', async () => {
    await as('system:bootstrap:abcdef', BOOTSTRAPPERS).create(certificateSigningRequests, kubelet());
    await clock.advance(0);
    expect(await conditions()).toEqual(['Approved AutoApproved']);
    expect((await request()).status?.certificate).toBeDefined();
  });

  it('waits for a person when that right was taken away', async () => {
    await master.admin.delete(clusterRoleBindings, { name: 'pilothouse:node-autoapprove-bootstrap' });
    await as('system:bootstrap:abcdef', BOOTSTRAPPERS).create(certificateSigningRequests, kubelet());
    await clock.advance(0);
    expect(await conditions()).toEqual([]);
  });

  it('is renewed by the node itself, not by another', async () => {
    await as('system:node:a', NODES).create(certificateSigningRequests, kubelet());
    await clock.advance(0);
    expect(await conditions()).toEqual(['Approved AutoApproved']);
    await master.admin.delete(certificateSigningRequests, { name: 'r' });
    await as('system:node:b', NODES).create(certificateSigningRequests, kubelet());
    await clock.advance(0);
    expect(await conditions()).toEqual([]);
  });
});
