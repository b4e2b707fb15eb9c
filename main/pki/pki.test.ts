import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { certificateRequest } from '../../agent/identity/certificate-request.ts';
import { CertificateAuthority } from './authority.ts';
import { readCertificateRequest } from './certificate-request.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pilothouse-pki-'));
afterAll(() => rmSync(directory, { recursive: true }));

const open = (name: string): Promise<CertificateAuthority> =>
  CertificateAuthority.open(path.join(directory, name), `${name} authority`, realClock, secureRandom);

describe('the certificate authority', () => {
  it('is made once, private to its owner', async () => {
    const first = await open('once');
    const second = await open('once');
    expect(second.cert).toBe(first.cert);
    expect(statSync(path.join(directory, 'once')).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(directory, 'once/ca.key')).mode & 0o777).toBe(0o600);
    const certificate = new X509Certificate(first.cert);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('issues certificates that OpenSSL accepts for their purpose, by name and address', async () => {
    const authority = await open('issue');
    const issued = authority.issue({
      commonName: 'kube-apiserver',
      organizations: ['one', 'two'],
      usage: 'server',
      dnsNames: ['kubernetes', 'kubernetes.default.svc'],
      ipv4Addresses: ['127.0.0.1', '10.96.0.1'],
      lifetimeMs: 3_600_000,
    });
    const certificate = new X509Certificate(issued.cert);
    expect(certificate.subject).toBe('O=one\nO=two\nCN=kube-apiserver');
    expect(certificate.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(certificate.checkHost('elsewhere')).toBeUndefined();
    expect(certificate.checkIP('10.96.0.1')).toBe('10.96.0.1');
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
    const file = path.join(directory, 'server.crt');
    writeFileSync(file, issued.cert);
    const verify = (purpose: string): string =>
      execFileSync('openssl', ['verify', '-purpose', purpose, '-CAfile', path.join(directory, 'issue/ca.crt'), file], {
        stdio: 'pipe',
      }).toString();
    expect(verify('sslserver')).toContain('OK');
    expect(() => verify('sslclient')).toThrow(/unsuitable certificate purpose|Command failed/);
  });
});

describe('certificate requests', () => {
  it('are read as the agent writes them', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const request = readCertificateRequest(
      certificateRequest(
        {
          commonName: 'system:node:a',
          organization: 'system:nodes',
          dnsNames: ['a'],
          ipv4Addresses: ['10.89.0.11'],
        },
        privateKey,
      ),
    );
    expect(request).toMatchObject({
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      dnsNames: ['a'],
      ipv4Addresses: ['10.89.0.11'],
      otherNames: 0,
    });
  });

  it.each([
    ['RSA', ['-newkey', 'rsa:2048']],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1']],
    ['Ed25519', ['-newkey', 'ed25519']],
  ])('are read as OpenSSL writes them, with a key of type %s', (_name, keyOptions) => {
    const pem = execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-nodes',
        '-batch',
        '-keyout',
        path.join(directory, 'key'),
        ...keyOptions,
        '-subj',
        '/O=a/O=b/CN=c',
        '-addext',
        'subjectAltName=DNS:x.y,IP:1.2.3.4,IP:::1,URI:urn:z',
      ],
      { stdio: 'pipe' },
    ).toString();
    expect(readCertificateRequest(pem)).toMatchObject({
      commonName: 'c',
      organizations: ['a', 'b'],
      dnsNames: ['x.y'],
      ipv4Addresses: ['1.2.3.4'],
      otherNames: 2,
    });
  });

  it('are refused when someone else signed them', () => {
    const keys = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
    const subject = { commonName: 'a', organization: 'b' };
    const [mine, other] = keys.map((key) => certificateRequest(subject, key).split('\n').slice(1, -2).join(''));
    const [a, b] = [Buffer.from(mine!, 'base64'), Buffer.from(other!, 'base64')];
    // The last bytes are the signature's.
    const forged = Buffer.concat([a.subarray(0, a.length - 20), b.subarray(b.length - 20)]);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${forged.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(() => readCertificateRequest(pem)).toThrow();
    expect(() => readCertificateRequest('nonsense')).toThrow('Not a PEM text');
  });
});
