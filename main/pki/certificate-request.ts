import { createPublicKey, verify } from 'node:crypto';
import type { Asn1 } from '#common/asn1/der.ts';
import { fromDer, fromPem, OID, toDer } from '#common/asn1/der.ts';
import asn1 from 'node-forge/lib/asn1.js';

/** What someone asks to have certified (PKCS #10, RFC 2986). */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipv4Addresses: readonly string[];
  /** Names of other kinds (URIs, mail addresses, IPv6) that were asked for. */
  readonly otherNames: number;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
}

/** Reads a request and checks that whoever made it holds the key. Throws when it cannot be trusted. */
export function readCertificateRequest(pemText: string): CertificateRequest {
  const [info, algorithm, signature] = children(fromDer(fromPem(pemText)));
  if (!info || !algorithm || !signature) throw new Error('The certificate request is incomplete');
  const [, subject, publicKeyInfo, attributes] = children(info);
  if (!subject || !publicKeyInfo) throw new Error('The certificate request is incomplete');
  const publicKey = toDer(publicKeyInfo);
  checkSignature(info, algorithm, signature, publicKey);
  const names = attributes ? alternativeNames(attributes) : [];
  return {
    commonName: subjectValues(subject, OID.commonName)[0] ?? '',
    organizations: subjectValues(subject, OID.organization),
    dnsNames: names.filter((name) => tagOf(name) === 2).map(text),
    ipv4Addresses: names
      .filter((name) => tagOf(name) === 7 && bytes(name).length === 4)
      .map((name) => bytes(name).join('.')),
    otherNames: names.filter((name) => tagOf(name) !== 2 && !(tagOf(name) === 7 && bytes(name).length === 4)).length,
    publicKey,
  };
}

/** Digest names by signature algorithm; Ed25519 has none of its own. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
};

function checkSignature(info: Asn1, algorithm: Asn1, signature: Asn1, publicKey: Buffer): void {
  const digest = DIGESTS[oidText(children(algorithm)[0])];
  if (digest === undefined) throw new Error('The certificate request is signed in an unknown way');
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  // The first octet of a bit string counts unused bits.
  if (!verify(digest, toDer(info), key, bytes(signature).subarray(1))) {
    throw new Error('The signature of the certificate request does not match its key');
  }
}

function subjectValues(subject: Asn1, type: string): string[] {
  return children(subject)
    .flatMap((set) => children(set))
    .filter((attribute) => oidText(children(attribute)[0]) === type)
    .map((attribute) => text(children(attribute)[1]!));
}

function alternativeNames(attributes: Asn1): Asn1[] {
  const requests = children(attributes).filter((attribute) => oidText(children(attribute)[0]) === OID.extensionRequest);
  const extensions = requests.flatMap((request) => children(children(request)[1]!)).flatMap((list) => children(list));
  return extensions
    .filter((extension) => oidText(children(extension)[0]) === OID.subjectAltName)
    .flatMap((extension) => children(fromDer(bytes(children(extension).at(-1)!))));
}

function children(value: Asn1): Asn1[] {
  if (!Array.isArray(value.value)) throw new Error('The certificate request is malformed');
  return value.value;
}

function bytes(value: Asn1): Buffer {
  // forge opens octet strings that happen to hold DER: what is meant is their content as it stood.
  return typeof value.value === 'string' ? Buffer.from(value.value, 'latin1') : contentOf(value);
}

function contentOf(value: Asn1): Buffer {
  return Buffer.concat(children(value).map((child) => toDer(child)));
}

function text(value: Asn1): string {
  return bytes(value).toString('utf8');
}

function oidText(value: Asn1 | undefined): string {
  return typeof value?.value === 'string' ? asn1.derToOid(value.value) : '';
}

function tagOf(value: Asn1): number {
  return value.type;
}
