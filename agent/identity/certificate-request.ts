import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import {
  alternativeNames,
  bits,
  context,
  fromDer,
  integer,
  nameAttribute,
  octets,
  oid,
  OID,
  pem,
  sequence,
  set,
  toDer,
  type Asn1,
} from '#common/asn1/der.ts';

export interface CertificateSubject {
  readonly commonName: string;
  readonly organization: string;
  readonly dnsNames?: readonly string[];
  readonly ipv4Addresses?: readonly string[];
}

/** A PKCS #10 certification request (RFC 2986) in PEM, signed with the subject's own P-256 key. */
export function certificateRequest(subject: CertificateSubject, privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const info = sequence([
    integer(Buffer.of(0)),
    sequence([
      nameAttribute(OID.organization, subject.organization),
      nameAttribute(OID.commonName, subject.commonName),
    ]),
    fromDer(publicKey),
    context(0, true, extensionRequests(subject)),
  ]);
  const signature = sign('sha256', toDer(info), privateKey);
  const request = sequence([info, sequence([oid(OID.ecdsaWithSha256)]), bits(signature)]);
  return pem('CERTIFICATE REQUEST', toDer(request));
}

function extensionRequests({ dnsNames = [], ipv4Addresses = [] }: CertificateSubject): Asn1[] {
  if (dnsNames.length + ipv4Addresses.length === 0) return [];
  const names = toDer(alternativeNames(dnsNames, ipv4Addresses));
  const extension = sequence([oid(OID.subjectAltName), octets(names)]);
  return [sequence([oid(OID.extensionRequest), set([sequence([extension])])])];
}
