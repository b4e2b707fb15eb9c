import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import {
  alternativeNames,
  bits,
  boolean,
  context,
  fromDer,
  integer,
  nameAttribute,
  octets,
  oid,
  OID,
  pem,
  sequence,
  time,
  toDer,
  type Asn1,
} from '#common/asn1/der.ts';

/** What a certificate says (RFC 5280). */
export interface CertificateContent {
  readonly commonName: string;
  /** Kubernetes reads them as groups. */
  readonly organizations?: readonly string[];
  /** DER of a SubjectPublicKeyInfo, of any key type. */
  readonly publicKey: Buffer;
  readonly usage: 'authority' | 'server' | 'client' | 'server-and-client';
  readonly dnsNames?: readonly string[];
  readonly ipv4Addresses?: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

// Bits from the left (RFC 5280, 4.2.1.3).
const DIGITAL_SIGNATURE = { bytes: Buffer.of(0x80), unused: 7 };
const SIGN_CERTIFICATES = { bytes: Buffer.of(0x06), unused: 1 };

/** Writes and signs a certificate; PEM. `serial` is 16 random bytes. */
export function signCertificate(content: CertificateContent, issuer: Issuer, serial: Buffer): string {
  const algorithm = sequence([oid(OID.ecdsaWithSha256)]);
  const issuerKey = createPublicKey(issuer.privateKey).export({ type: 'spki', format: 'der' });
  const tbs = sequence([
    context(0, true, [integer(Buffer.of(2))]),
    integer(positive(serial)),
    algorithm,
    sequence([nameAttribute(OID.commonName, issuer.commonName)]),
    sequence([time(content.notBefore), time(content.notAfter)]),
    sequence([
      ...(content.organizations ?? []).map((organization) => nameAttribute(OID.organization, organization)),
      nameAttribute(OID.commonName, content.commonName),
    ]),
    fromDer(content.publicKey),
    context(3, true, [sequence(extensions(content, issuerKey))]),
  ]);
  const signature = sign('sha256', toDer(tbs), issuer.privateKey);
  return pem('CERTIFICATE', toDer(sequence([tbs, algorithm, bits(signature)])));
}

function extensions(content: CertificateContent, issuerKey: Buffer): Asn1[] {
  const isAuthority = content.usage === 'authority';
  const keyUsage = isAuthority ? SIGN_CERTIFICATES : DIGITAL_SIGNATURE;
  const { dnsNames = [], ipv4Addresses = [] } = content;
  return [
    extension(OID.basicConstraints, true, sequence(isAuthority ? [boolean(true)] : [])),
    extension(OID.keyUsage, true, bits(keyUsage.bytes, keyUsage.unused)),
    ...(isAuthority ? [] : [extension(OID.extendedKeyUsage, false, sequence(extendedUsages(content).map(oid)))]),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdentifier(content.publicKey))),
    extension(
      OID.authorityKeyIdentifier,
      false,
      sequence([context(0, false, keyIdentifier(issuerKey).toString('latin1'))]),
    ),
    ...(dnsNames.length + ipv4Addresses.length > 0
      ? [extension(OID.subjectAltName, false, alternativeNames(dnsNames, ipv4Addresses))]
      : []),
  ];
}

function extendedUsages({ usage }: CertificateContent): string[] {
  switch (usage) {
    case 'server':
      return [OID.serverAuth];
    case 'client':
      return [OID.clientAuth];
    case 'server-and-client':
      return [OID.serverAuth, OID.clientAuth];
    case 'authority':
      return [];
    default:
      return usage satisfies never;
  }
}

function extension(id: string, critical: boolean, value: Asn1): Asn1 {
  return sequence([oid(id), ...(critical ? [boolean(true)] : []), octets(toDer(value))]);
}

/** A hash of the key, by which certificates find their issuer's. */
function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20);
}

/** A serial number is positive and not zero. */
function positive(serial: Buffer): Buffer {
  const bytes = Buffer.from(serial);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}
