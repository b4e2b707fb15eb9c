import { generateKeyPairSync, createPublicKey, sign, type KeyObject } from 'node:crypto';
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

export interface CertificateOptions {
  readonly commonName: string;
  readonly organization?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly dnsNames?: readonly string[];
  readonly ipv4Addresses?: readonly string[];
  readonly isAuthority?: boolean;
}

export interface SigningPair {
  readonly name: string;
  readonly key: KeyObject;
  /** PEM. */
  readonly cert: string;
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** An authority of its own, for one test. */
export function authority(name = 'test-ca'): SigningPair {
  const key = newKey();
  return { name, key, cert: certificate({ commonName: name, isAuthority: true }, key, { name, key }) };
}

let serial = 0;

/** A certificate in PEM for the key. */
export function certificate(
  options: CertificateOptions,
  key: KeyObject,
  issuer: Pick<SigningPair, 'name' | 'key'>,
): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const algorithm = sequence([oid(OID.ecdsaWithSha256)]);
  const body = sequence([
    context(0, true, [integer(Buffer.of(2))]),
    integer(Buffer.of(1, serial++ % 128)),
    algorithm,
    nameOf(issuer.name),
    sequence([
      time(options.notBefore ?? new Date('2020-01-01T00:00:00Z')),
      time(options.notAfter ?? new Date('2049-01-01T00:00:00Z')),
    ]),
    nameOf(options.commonName, options.organization),
    fromDer(publicKey.export({ type: 'spki', format: 'der' })),
    context(3, true, [sequence(extensions(options))]),
  ]);
  return pem('CERTIFICATE', toDer(sequence([body, algorithm, bits(sign('sha256', toDer(body), issuer.key))])));
}

function extensions({ isAuthority, dnsNames = [], ipv4Addresses = [] }: CertificateOptions): Asn1[] {
  const constraints = sequence(isAuthority ? [boolean(true)] : []);
  const names = alternativeNames(dnsNames, ipv4Addresses);
  return [
    sequence([oid(OID.basicConstraints), octets(toDer(constraints))]),
    ...(dnsNames.length + ipv4Addresses.length === 0
      ? []
      : [sequence([oid(OID.subjectAltName), octets(toDer(names))])]),
  ];
}

function nameOf(commonName: string, organization?: string): Asn1 {
  return sequence([
    ...(organization === undefined ? [] : [nameAttribute(OID.organization, organization)]),
    nameAttribute(OID.commonName, commonName),
  ]);
}
