import type { asn1 as forgeAsn1 } from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';

/** Building and taking apart DER (X.690), as certificates and requests need it. */
export type Asn1 = forgeAsn1.Asn1;

const { Class, Type } = asn1;

export const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const;

export function sequence(value: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, value);
}

export function set(value: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, value);
}

export function oid(text: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(text).getBytes());
}

/** `bytes` is big-endian two's complement. */
export function integer(bytes: Buffer): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.INTEGER, false, bytes.toString('latin1'));
}

export function boolean(value: boolean): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.BOOLEAN, false, value ? '\xff' : '\0');
}

export function utf8(text: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.UTF8, false, Buffer.from(text, 'utf8').toString('latin1'));
}

export function octets(bytes: Buffer): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytes.toString('latin1'));
}

/** The leading octet counts the unused bits at the end. */
export function bits(bytes: Buffer, unused = 0): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.BITSTRING, false, String.fromCharCode(unused) + bytes.toString('latin1'));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? asn1.create(Class.UNIVERSAL, Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(Class.UNIVERSAL, Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
}

export function context(tag: number, constructed: boolean, value: string | Asn1[]): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, constructed, value);
}

export function toDer(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

export function fromDer(der: Buffer): Asn1 {
  // A bit string stays one, also when its content happens to be DER: signatures are such.
  return asn1.fromDer(der.toString('latin1'), { strict: true, decodeBitStrings: false });
}

/** One relative distinguished name: a set with one attribute. */
export function nameAttribute(type: string, value: string): Asn1 {
  return set([sequence([oid(type), utf8(value)])]);
}

/** GeneralNames of a subjectAltName: DNS names and IPv4 addresses. */
export function alternativeNames(dnsNames: readonly string[], ipv4Addresses: readonly string[]): Asn1 {
  return sequence([
    ...dnsNames.map((name) => context(2, false, name)),
    ...ipv4Addresses.map((address) => context(7, false, String.fromCharCode(...address.split('.').map(Number)))),
  ]);
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The first block of a PEM text, decoded. */
export function fromPem(text: string): Buffer {
  const base64 = /-----BEGIN [^-]+-----([^-]+)-----END [^-]+-----/.exec(text)?.[1];
  if (base64 === undefined) throw new Error('Not a PEM text');
  return Buffer.from(base64.replace(/\s/g, ''), 'base64');
}
