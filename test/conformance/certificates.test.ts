import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

describe('certificate signing requests', () => {
  const master = useMaster();
  const request = pemRequest('conformance');
  const csr = (name: string): object => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, labels: { suite: 'certificates' } },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'example.com/by-hand',
      usages: ['digital signature', 'client auth'],
      expirationSeconds: 3600,
    },
  });

  test('[AU01] a request is created, found, watched, patched, approved, answered and deleted', async () => {
    const made = await master.api.post(PATH, csr('one'));
    expect(made.status).toBe(201);
    expect(made.json()['spec']).toMatchObject({ username: 'kubernetes-admin', expirationSeconds: 3600 });
    using watch = await master.api.watch(
      `${PATH}?watch=true&labelSelector=suite%3Dcertificates&resourceVersion=${made.json().metadata?.resourceVersion ?? ''}`,
    );
    const bySigner = await master.api.get(`${PATH}?fieldSelector=spec.signerName%3Dexample.com%2Fby-hand`);
    expect(bySigner.json().items).toHaveLength(1);
    const patched = await master.api.patch(`${PATH}/one`, 'merge', { metadata: { annotations: { patched: 'true' } } });
    expect(await watch.next()).toMatchObject({
      type: 'MODIFIED',
      object: { metadata: { annotations: { patched: 'true' } } },
    });

    const condition = { type: 'Approved', status: 'True', reason: 'Tested', message: 'by a test' };
    const approved = await master.api.put(`${PATH}/one/approval`, {
      ...patched.json(),
      status: { conditions: [condition] },
    });
    expect(approved.status).toBe(200);
    expect(approved.json()['status']).toMatchObject({ conditions: [condition] });
    expect((await master.api.get(`${PATH}/one/approval`)).json()['status']).toMatchObject({ conditions: [condition] });

    const status = approved.json()['status'] as object;
    const certificate = Buffer.from(selfSigned('conformance')).toString('base64');
    const answered = await master.api.put(`${PATH}/one/status`, {
      ...approved.json(),
      status: { ...status, certificate },
    });
    expect(answered.status).toBe(200);
    expect((await master.api.get(`${PATH}/one/status`)).json()['status']).toMatchObject({ certificate });
    // What was decided is not taken back.
    const taken = await master.api.put(`${PATH}/one/approval`, { ...answered.json(), status: { certificate } });
    expect(taken.status).toBe(422);

    expect((await master.api.delete(`${PATH}/one`)).status).toBe(200);
    await master.api.post(PATH, csr('two'));
    expect((await master.api.delete(`${PATH}?labelSelector=suite%3Dcertificates`)).status).toBe(200);
    expect((await master.api.get(PATH)).json().items).toEqual([]);
  });
});

function pemRequest(commonName: string): string {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const request = forge.pki.createCertificationRequest();
  request.publicKey = keys.publicKey;
  request.setSubject([{ name: 'commonName', value: commonName }]);
  request.sign(keys.privateKey, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request);
}

function selfSigned(commonName: string): string {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer([{ name: 'commonName', value: commonName }]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
