import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileIfPresent, writeFileAtomically } from '../base/files.ts';
import type { CertificateSubject } from './certificate-request.ts';

/** A private key and the certificate for it, both in PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;
const KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/;

export function keyAndCertificate(key: string, cert: string): KeyAndCertificate {
  const leaf = new X509Certificate(cert);
  return Object.freeze({
    key,
    cert,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
  });
}

/** Reads one file that holds both; a file that holds something else is as good as none. */
export async function readKeyAndCertificate(file: string): Promise<KeyAndCertificate | undefined> {
  const text = await readFileIfPresent(file);
  const key = text && KEY.exec(text)?.[0];
  const cert = text?.match(CERTIFICATE)?.join('');
  if (!key || !cert) return undefined;
  try {
    return keyAndCertificate(key, cert);
  } catch {
    return undefined;
  }
}

/** One file for both, so that a crash never leaves a key beside a certificate for another. */
export async function writeKeyAndCertificate(file: string, pair: KeyAndCertificate): Promise<void> {
  await writeFileAtomically(file, pair.cert + pair.key, 0o600);
}

/** Why the certificate is of no use to `subject` now; nothing when it is. */
export function certificateProblem(
  pair: KeyAndCertificate,
  subject: CertificateSubject,
  authorities: readonly X509Certificate[],
  now: number,
): string | undefined {
  const leaf = new X509Certificate(pair.cert);
  if (now >= pair.notAfter) return `expired at ${new Date(pair.notAfter).toISOString()}`;
  if (!leaf.checkPrivateKey(privateKeyOf(pair))) return 'is not for the private key beside it';
  if (!authorities.some((authority) => leaf.verify(authority.publicKey))) return 'was signed by another authority';
  const names = new Set(leaf.subject.split('\n'));
  if (!names.has(`CN=${subject.commonName}`) || !names.has(`O=${subject.organization}`)) return 'names somebody else';
  const missing = [
    ...(subject.dnsNames ?? []).filter((name) => leaf.checkHost(name) === undefined),
    ...(subject.ipv4Addresses ?? []).filter((address) => leaf.checkIP(address) === undefined),
  ];
  return missing.length === 0 ? undefined : `is not valid for ${missing.join(', ')}`;
}

/** All certificates of a PEM bundle. */
export function parseAuthorities(pem: string): X509Certificate[] {
  return (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
}

function privateKeyOf(pair: KeyAndCertificate): KeyObject {
  return createPrivateKey(pair.key);
}
