import { describe, expect, it } from 'vitest';
import { mutableCopy } from '#common/base/freeze.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { certificateSigningRequests, type CertificateSigningRequest } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { authenticated } from '../../authentication/user.ts';

type Spec = CertificateSigningRequest['spec'];
const pem = (label: string): string =>
  Buffer.from(`-----BEGIN ${label}-----\nQUJD\n-----END ${label}-----\n`).toString('base64');
const request = (spec: Partial<Spec> = {}): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'a' },
  spec: {
    request: pem('CERTIFICATE REQUEST'),
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['client auth'],
    ...spec,
  },
});
const condition = (type: string, extra: object = {}): object => ({ type, status: 'True', reason: 'Test', ...extra });

describe('a certificate signing request', () => {
  it('says who asks as the server saw it', async () => {
    await using master = await TestMaster.start();
    const extra = { 'authentication.kubernetes.io/credential-id': ['X509SHA256=00'] };
    const asking = master.client(authenticated('system:bootstrap:abcdef', ['system:bootstrappers'], { extra }));
    const claimed = { username: 'admin', groups: ['system:masters'], uid: 'x', extra: { a: ['b'] } };
    const created = await asking.create(certificateSigningRequests, {
      ...request(claimed),
      status: { certificate: 'QUJD' },
    });
    expect(created.spec).toEqual({
      ...request().spec,
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:authenticated'],
      extra,
    });
    expect(created.status).toEqual({});
  });

  it('is never changed but in its status', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(certificateSigningRequests, request());
    const changed = mutableCopy<CertificateSigningRequest>(created);
    Object.assign(changed, { spec: { ...changed.spec, usages: ['server auth'] }, status: { certificate: 'QUJD' } });
    const updated = await master.admin.update(certificateSigningRequests, changed);
    expect([updated.spec, updated.status]).toEqual([created.spec, {}]);
  });

  it('is decided at one door and signed at another', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const { admin } = master;
    await admin.create(certificateSigningRequests, request());
    const write = (door: 'approval' | 'status', status: object): Promise<CertificateSigningRequest> =>
      admin.patch(certificateSigningRequests, { name: 'a' }, 'merge', { status }, { subresource: door }) as never;

    const certificate = Buffer.from(master.authority.cert).toString('base64');
    const smuggled = await write('status', { certificate, conditions: [condition('Approved')] });
    expect([smuggled.status?.certificate, smuggled.status?.conditions ?? []]).toEqual([certificate, []]);
    const approved = await write('approval', { certificate: 'REVG', conditions: [condition('Approved')] });
    expect(approved.status).toMatchObject({
      certificate,
      conditions: [
        { type: 'Approved', lastUpdateTime: '2030-01-01T00:00:00Z', lastTransitionTime: '2030-01-01T00:00:00Z' },
      ],
    });
    await expect(write('approval', { conditions: [condition('Approved'), condition('Denied')] })).rejects.toMatchObject(
      {
        status: {
          code: 422,
          message: expect.stringContaining('Approved and Denied conditions are mutually exclusive') as string,
        },
      },
    );
  });

  it.each<[Partial<Spec>, string]>([
    [{ request: 'QUJD' }, 'spec.request: Invalid value'],
    [{ request: pem('CERTIFICATE') }, 'PEM block type must be CERTIFICATE REQUEST'],
    [{ usages: [] }, 'spec.usages: Required value'],
    [{ signerName: '' }, 'spec.signerName: Required value'],
    [{ signerName: 'nobody' }, 'must be a fully qualified domain and path of the form "example.com/signer-name"'],
    [{ expirationSeconds: 599 }, 'may not specify a duration less than 600 seconds (10 minutes)'],
  ])('with %j is refused', async (spec, message) => {
    await using master = await TestMaster.start();
    await expect(master.admin.create(certificateSigningRequests, request(spec))).rejects.toMatchObject({
      status: { code: 422, message: expect.stringContaining(message) as string },
    });
  });
});
