import { createPublicKey, verify } from 'node:crypto';
import asn1 from 'node-forge/lib/asn1.js';
import { describe, expect, it } from 'vitest';
import { fromDer, fromPem, OID, toDer, type Asn1 } from '#common/asn1/der.ts';
import { newKey } from '../testing/certificates.ts';
import { certificateRequest } from './certificate-request.ts';

const children = (node: Asn1 | undefined): Asn1[] => (Array.isArray(node?.value) ? node.value : []);
const text = (node: Asn1 | undefined): string => (typeof node?.value === 'string' ? node.value : '');
const id = (node: Asn1 | undefined): string => asn1.derToOid(text(node));

describe('a certificate request', () => {
  const key = newKey();
  const pem = certificateRequest(
    {
      commonName: 'system:node:node-1',
      organization: 'system:nodes',
      dnsNames: ['node-1'],
      ipv4Addresses: ['10.89.0.200'],
    },
    key,
  );
  const [info, algorithm, signature] = children(fromDer(fromPem(pem)));
  const [version, subject, publicKey, attributes] = children(info);

  it('is PEM with lines of 64 characters', () => {
    const lines = pem.trimEnd().split('\n');
    expect(lines[0]).toBe('-----BEGIN CERTIFICATE REQUEST-----');
    expect(lines.at(-1)).toBe('-----END CERTIFICATE REQUEST-----');
    expect(lines.slice(1, -2).every((line) => line.length === 64)).toBe(true);
  });

  it('is signed with the key that it is for', () => {
    expect(id(children(algorithm)[0])).toBe(OID.ecdsaWithSha256);
    const bits = Buffer.from(text(signature), 'latin1').subarray(1);
    expect(verify('sha256', toDer(info!), createPublicKey(key), bits)).toBe(true);
    expect(toDer(publicKey!)).toEqual(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  });

  it('names the organization and then the node', () => {
    expect(text(version)).toBe('\0');
    const names = children(subject).map((set) => {
      const [type, value] = children(children(set)[0]);
      return [id(type), text(value)];
    });
    expect(names).toEqual([
      [OID.organization, 'system:nodes'],
      [OID.commonName, 'system:node:node-1'],
    ]);
  });

  it('asks for its alternative names', () => {
    const [request] = children(attributes);
    const [requestId, set] = children(request);
    expect(id(requestId)).toBe(OID.extensionRequest);
    const [extension] = children(children(set)[0]);
    const [extensionId, value] = children(extension);
    expect(id(extensionId)).toBe(OID.subjectAltName);
    const names = children(fromDer(Buffer.from(text(value), 'latin1'))).map((name) => [name.type, text(name)]);
    expect(names).toEqual([
      [2, 'node-1'],
      [7, String.fromCharCode(10, 89, 0, 200)],
    ]);
  });

  it('has no extensions without alternative names', () => {
    const plain = fromDer(fromPem(certificateRequest({ commonName: 'a', organization: 'b' }, key)));
    expect(children(children(children(plain)[0])[3])).toEqual([]);
  });
});
