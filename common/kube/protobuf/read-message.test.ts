import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { ASSETS } from '../../../test/support/master.ts';
import { protobufBody, protobufMessage } from '../../../test/support/protobuf-writer.ts';
import { decode } from '../schema/decode.ts';
import type { Schemas } from '../schema/schema.ts';
import { openEnvelope } from './envelope.ts';
import { readMessage } from './read-message.ts';
import { ProtobufError } from './wire.ts';

const schemas = JSON.parse(readFileSync(ASSETS.schemas, 'utf8')) as Schemas;
const bytes = (...numbers: number[]): Uint8Array => Buffer.from(numbers);

const POD = {
  metadata: {
    name: 'web',
    labels: { app: 'web', __proto__x: '' },
    creationTimestamp: '2030-01-02T03:04:05Z',
    generation: Number.MAX_SAFE_INTEGER,
    ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u', controller: false }],
    managedFields: [{ manager: 'm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } }],
  },
  spec: {
    activeDeadlineSeconds: 0,
    automountServiceAccountToken: false,
    hostNetwork: true,
    tolerations: [{ operator: 'Exists', tolerationSeconds: -5 }],
    securityContext: { runAsUser: 0, runAsNonRoot: false, supplementalGroups: [0, 7, -1] },
    overhead: { cpu: '250m' },
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'w', configMap: { name: 'c', defaultMode: 0, optional: false, items: [{ key: 'k', path: 'p' }] } },
    ],
    containers: [
      {
        name: 'web',
        image: 'web:1',
        command: ['', 'x'],
        env: [
          { name: 'A', value: 'ä\n' },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
        ],
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: { limits: { memory: '1Gi' } },
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 3 },
        readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 0 },
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      },
    ],
  },
};

describe('readMessage', () => {
  it('reads back what a typed client makes of an object', () => {
    expect(readMessage(schemas, 'core.v1.Pod', protobufMessage(schemas, 'core.v1.Pod', POD))).toEqual(POD);
    const review = { spec: { user: 'u', extra: { a: ['x', ''], b: [] }, resourceAttributes: { verb: 'get' } } };
    const type = 'authorization.v1.SubjectAccessReview';
    expect(readMessage(schemas, type, protobufMessage(schemas, type, review))).toEqual(review);
    const secret = { data: { a: 'AAEC', b: '' }, immutable: false };
    expect(readMessage(schemas, 'core.v1.Secret', protobufMessage(schemas, 'core.v1.Secret', secret))).toEqual(secret);
    const lease = { spec: { renewTime: '2030-01-02T03:04:05.000678Z', leaseTransitions: 0 } };
    const read = readMessage(
      schemas,
      'coordination.v1.Lease',
      protobufMessage(schemas, 'coordination.v1.Lease', lease),
    );
    expect(read).toEqual(lease);
  });

  it('reads real bytes: the options of kubectl 1.33 with a grace period of 0', () => {
    // gracePeriodSeconds 0 (a pointer, kept), orphanDependents false, dryRun [All], two fields of later versions.
    const message = bytes(0x08, 0, 0x18, 0, 0x2a, 3, 0x41, 0x6c, 0x6c, 0xa0, 0x06, 1, 0xaa, 0x06, 1, 0x41);
    expect(readMessage(schemas, 'meta.v1.DeleteOptions', message)).toEqual({
      gracePeriodSeconds: 0,
      orphanDependents: false,
      dryRun: ['All'],
    });
  });

  it('takes what Go writes for nothing as nothing', () => {
    // An ObjectMeta as Go has it: empty texts, generation 0, a creationTimestamp without bytes.
    const meta = bytes(0x0a, 0, 0x12, 0, 0x38, 0, 0x42, 0);
    expect(readMessage(schemas, 'meta.v1.ObjectMeta', meta)).toEqual({});
    expect(decode(schemas, 'meta.v1.ObjectMeta', readMessage(schemas, 'meta.v1.ObjectMeta', meta)).problems).toEqual(
      [],
    );
    // The moment 0 is a moment.
    expect(readMessage(schemas, 'meta.v1.ObjectMeta', bytes(0x42, 2, 0x08, 0))).toEqual({
      creationTimestamp: '1970-01-01T00:00:00Z',
    });
  });

  it('adds up a message that comes in parts, and the last of two values counts', () => {
    const spec = (...parts: Uint8Array[]): Buffer =>
      Buffer.concat(parts.flatMap((part) => [bytes(0x12, part.length), part]));
    const read = readMessage(schemas, 'core.v1.Pod', spec(bytes(0x1a, 1, 0x41), bytes(0x32, 1, 0x42), bytes(0x1a, 0)));
    expect(read).toEqual({ spec: { dnsPolicy: 'B' } });
  });

  it('reads numbers in one piece or one by one', () => {
    const type = 'core.v1.PodSecurityContext';
    expect(readMessage(schemas, type, bytes(0x22, 3, 1, 0x96, 0x01, 0x20, 7))).toEqual({
      supplementalGroups: [1, 150, 7],
    });
  });

  it('leaves no number rounded: what is too large is refused by the type', () => {
    const writer = protobuf.Writer.create()
      .uint32(0x08)
      .int64(2 ** 53);
    const options = readMessage(schemas, 'meta.v1.DeleteOptions', writer.finish());
    expect(() => decode(schemas, 'meta.v1.DeleteOptions', options)).toThrow('cannot unmarshal number 9007199254740992');
  });

  it('has no way to keys that objects inherit', () => {
    const entry = Buffer.concat([bytes(0x0a, 9), Buffer.from('__proto__'), bytes(0x12, 1, 0x41)]);
    const read = readMessage(schemas, 'core.v1.ConfigMap', Buffer.concat([bytes(0x12, entry.length), entry]));
    expect(Object.keys(read['data'] as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(read['data'])).toBe(Object.prototype);
  });

  it.each([
    ['ends within a value', bytes(0x0a, 5, 1), 'unexpected EOF'],
    ['ends within a number', bytes(0x0a, 0x80), 'unexpected EOF'],
    ['has a value of another type', bytes(0x08, 1), 'proto: wrong wireType = 0 for field metadata'],
    ['has a field without a number', bytes(0x00, 1), 'proto: illegal tag 0 (wire type 0)'],
    ['opens a group', bytes(0xa3, 0x06), 'proto: illegal wireType 3'],
    ['has a number without an end', bytes(0x0a, 12, 0x38, ...Array<number>(11).fill(0xff)), 'proto: integer overflow'],
    [
      'has a year that is none',
      bytes(0x0a, 8, 0x42, 6, 0x08, 0xff, 0xff, 0xff, 0xff, 0x7f + 0x80, 1),
      'unexpected EOF',
    ],
    [
      'nests JSON too deep',
      Buffer.concat([
        bytes(0x0a, 0xf6, 0x0f, 0x8a, 0x01, 0xf2, 0x0f, 0x3a, 0xef, 0x0f, 0x0a, 0xec, 0x0f),
        Buffer.from('['.repeat(2028)),
      ]),
      'exceeded max depth',
    ],
  ])('refuses what %s', (_what, message, problem) => {
    expect(() => readMessage(schemas, 'core.v1.Pod', message)).toThrow(new ProtobufError(problem));
  });

  it('never fails but by saying what is wrong', () => {
    const body = protobufMessage(schemas, 'core.v1.Pod', POD);
    const change = fc.record({ at: fc.nat(body.length - 1), byte: fc.nat(255), cut: fc.nat(40) });
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const broken = Buffer.from(body);
      for (const { at, byte } of changes) broken[at] = byte;
      const end = changes[0]!.cut === 0 ? changes[0]!.at : broken.length;
      try {
        readMessage(schemas, 'core.v1.Pod', broken.subarray(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
      }
    });
    fc.assert(property, { seed: 34, numRuns: 3000 });
    const noise = fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
      for (const type of ['core.v1.Pod', 'core.v1.Service', 'meta.v1.ObjectMeta', 'core.v1.ConfigMap']) {
        try {
          readMessage(schemas, type, message);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }
    });
    fc.assert(noise, { seed: 34, numRuns: 3000 });
  });
});

describe('openEnvelope', () => {
  it('tells what is in it', () => {
    const { apiVersion, kind, raw } = openEnvelope(
      protobufBody(schemas, 'core.v1.Secret', { apiVersion: 'v1', kind: 'Secret', type: 'Opaque' }),
    );
    expect([apiVersion, kind]).toEqual(['v1', 'Secret']);
    expect(readMessage(schemas, 'core.v1.Secret', raw)).toEqual({ type: 'Opaque' });
  });

  it.each([
    ['', 'empty data'],
    ['k8s', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['{"kind":"Pod"}', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['k8s\0', 'empty body'],
    ['k8s\0\x0a\x09x', 'unexpected EOF'],
  ])('refuses %j', (body, problem) => {
    expect(() => openEnvelope(Buffer.from(body, 'latin1'))).toThrow(new ProtobufError(problem));
  });
});
