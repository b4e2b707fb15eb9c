import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import { certificateSigningRequests, nodes, type CertificateSigningRequest } from '#common/kube/resources.ts';
import { certificateRequest, type CertificateSubject } from '../../../../agent/identity/certificate-request.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject } from '../../../../test/support/objects.ts';
import { authenticated } from '../../apiserver/authentication/user.ts';
import { KUBELET_CLIENT, KUBELET_SERVING } from './kubelet-policy.ts';

const HOUR = 3_600_000;
const API_CLIENT = 'kubernetes.io/kube-apiserver-client';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let clock: VirtualClock;
let master: TestMaster;
let bootstrap: Client;
let kubelet: Client;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
  bootstrap = master.client(authenticated('system:bootstrap:abcdef', ['system:bootstrappers']), 'kubelet');
  kubelet = master.client(authenticated('system:node:a', ['system:nodes']), 'kubelet');
});
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(0);
const subject = { commonName: 'system:node:a', organization: 'system:nodes' };
const CLIENT_USES: Usages = ['digital signature', 'client auth'];
const SERVING_USES: Usages = ['digital signature', 'server auth'];
type Usages = NonNullable<CertificateSigningRequest['spec']['usages']>;

async function ask(
  client: Client,
  signerName: string,
  usages: Usages,
  what: CertificateSubject | string = subject,
  expirationSeconds?: number,
): Promise<void> {
  const pem = typeof what === 'string' ? what : certificateRequest(what, privateKey);
  await client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'r' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName,
      usages,
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    },
  });
  await settled();
}

const request = (): Promise<Stored<CertificateSigningRequest>> =>
  master.admin.get(certificateSigningRequests, { name: 'r' });
const isThere = async (): Promise<boolean> =>
  (await master.admin.list(certificateSigningRequests)).items.some(({ metadata }) => metadata.name === 'r');
const conditions = async (): Promise<string[]> =>
  ((await request()).status?.conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

async function issued(): Promise<X509Certificate> {
  const { certificate } = (await request()).status ?? {};
  expect(certificate, JSON.stringify(await conditions())).toBeDefined();
  const read = new X509Certificate(Buffer.from(certificate!, 'base64'));
  expect(read.verify(new X509Certificate(master.authority.cert).publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })))).toBe(true);
  return read;
}

async function decide(type: 'Approved' | 'Denied'): Promise<void> {
  const object = structuredClone(await request()) as unknown as CertificateSigningRequest;
  object.status = { conditions: [{ type, status: 'True', reason: 'ByHand', message: 'as asked' }] };
  await master.admin.update(certificateSigningRequests, object, { subresource: 'approval' });
  await settled();
}

describe('a kubelet', () => {
  it('gets its first certificate with a bootstrap token', async () => {
    await ask(bootstrap, KUBELET_CLIENT, CLIENT_USES);
    const certificate = await issued();
    expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:a');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(await conditions()).toEqual([
      'Approved AutoApproved: Auto approving kubelet client certificate after SubjectAccessReview.',
    ]);
  });

  it('renews it as itself, for as long as it asks, a year at most', async () => {
    await ask(kubelet, KUBELET_CLIENT, CLIENT_USES, subject, 7200);
    expect((await issued()).validToDate.getTime() - (await issued()).validFromDate.getTime()).toBeLessThan(2.2 * HOUR);
    await master.admin.delete(certificateSigningRequests, { name: 'r' });
    await ask(kubelet, KUBELET_CLIENT, CLIENT_USES, subject, 10 * 365 * 86_400);
    expect((await issued()).validToDate.getTime() - (await issued()).validFromDate.getTime()).toBeLessThan(
      366 * 24 * HOUR,
    );
  });

  it('gets a serving certificate for its own name and addresses', async () => {
    await master.admin.create(nodes, nodeObject('a'));
    await addAddress();
    await ask(kubelet, KUBELET_SERVING, SERVING_USES, { ...subject, dnsNames: ['a'], ipv4Addresses: ['10.0.0.1'] });
    const certificate = await issued();
    expect(certificate.checkHost('a')).toBe('a');
    expect(certificate.checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('that asks before its node and address are known gets it as soon as they are', async () => {
    await ask(kubelet, KUBELET_SERVING, SERVING_USES, { ...subject, dnsNames: ['a'], ipv4Addresses: ['10.0.0.1'] });
    await clock.advance(10_000);
    expect(await conditions()).toEqual([]);
    await master.admin.create(nodes, nodeObject('a'));
    await settled();
    expect(await conditions()).toEqual([]);
    await addAddress();
    await settled();
    await issued();
  });

  async function addAddress(): Promise<void> {
    const status = { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] };
    await master.admin.patch(nodes, { name: 'a' }, 'strategic', { status }, { subresource: 'status' });
  }
});

describe('what is not approved', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'a certificate for another node',
      () => ask(kubelet, KUBELET_CLIENT, CLIENT_USES, { ...subject, commonName: 'system:node:b' }),
    ],
    [
      'a certificate for an administrator',
      () =>
        ask(bootstrap, KUBELET_CLIENT, CLIENT_USES, { commonName: 'system:node:a', organization: 'system:masters' }),
    ],
    [
      'a serving certificate with a bootstrap token',
      () => ask(bootstrap, KUBELET_SERVING, SERVING_USES, { ...subject, dnsNames: ['a'] }),
    ],
    [
      "a person's certificate",
      () => ask(kubelet, API_CLIENT, ['client auth'], { commonName: 'alice', organization: 'team' }),
    ],
  ])('%s', async (_, asking) => {
    await asking();
    expect(await conditions()).toEqual([]);
    expect((await request()).status?.certificate).toBeUndefined();
  });
});

describe('what a person approves', () => {
  it('is signed, whoever asked', async () => {
    await ask(master.admin, API_CLIENT, ['client auth'], { commonName: 'alice', organization: 'team' });
    await decide('Approved');
    expect((await issued()).subject).toBe('O=team\nCN=alice');
  });

  it('is signed for a node that did not ask itself', async () => {
    await ask(master.admin, KUBELET_CLIENT, CLIENT_USES);
    await decide('Approved');
    await issued();
  });

  it.each<[string, () => Promise<void>, string]>([
    [
      'for the group above all policy',
      () => ask(master.admin, API_CLIENT, ['client auth'], { commonName: 'alice', organization: 'system:masters' }),
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ],
    [
      'for more than a kubelet may have',
      () => ask(master.admin, KUBELET_CLIENT, CLIENT_USES, { ...subject, dnsNames: ['kubernetes'] }),
      'alternative names are not allowed',
    ],
  ])('is not signed %s, and says why', async (_, asking, why) => {
    await asking();
    await decide('Approved');
    expect((await request()).status?.certificate).toBeUndefined();
    expect(await conditions()).toEqual(['Approved ByHand: as asked', `Failed SignerValidationFailure: ${why}`]);
  });

  it('is left to others when their signer is named', async () => {
    await ask(master.admin, 'example.com/own', ['client auth'], nonsense());
    await decide('Approved');
    expect(await conditions()).toEqual(['Approved ByHand: as asked']);
  });

  it('is never signed once it was denied', async () => {
    await ask(master.admin, API_CLIENT, ['client auth'], { commonName: 'alice', organization: 'team' });
    await decide('Denied');
    expect(await conditions()).toEqual(['Denied ByHand: as asked']);
    expect((await request()).status?.certificate).toBeUndefined();
  });
});

it('fails what is no request of the key that it names', async () => {
  await ask(bootstrap, KUBELET_CLIENT, CLIENT_USES, nonsense());
  expect(await conditions()).toEqual([expect.stringMatching(/^Failed SignerValidationFailure: ./)]);
});

describe('requests are cleared away', () => {
  it.each<[string, number, () => Promise<void>]>([
    ['an hour after they were signed', HOUR, () => ask(bootstrap, KUBELET_CLIENT, CLIENT_USES)],
    ['an hour after they failed', HOUR, () => ask(bootstrap, KUBELET_CLIENT, CLIENT_USES, nonsense())],
    [
      'a day after nobody decided',
      24 * HOUR,
      () => ask(kubelet, API_CLIENT, ['client auth'], { commonName: 'alice', organization: 'team' }),
    ],
  ])('%s', async (_, after, asking) => {
    await asking();
    await clock.advance(after - 1_000);
    expect(await isThere()).toBe(true);
    await clock.advance(2_000);
    expect(await isThere()).toBe(false);
  });
});

/** Has the form of a request, and was signed by nobody. */
function nonsense(): string {
  const der = certificateRequest(subject, privateKey).split('\n').slice(1, -2).join('');
  const bytes = Buffer.from(der, 'base64');
  bytes[bytes.length - 4]! ^= 0xff;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}
