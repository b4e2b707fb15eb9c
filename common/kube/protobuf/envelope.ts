import { readBytes, readString } from './values.ts';
import { ProtobufError, readFields } from './wire.ts';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** `k8s` and a zero byte. */
const PREFIX = Buffer.from('k8s\0', 'latin1');

/** runtime.Unknown: a message and what it is. */
export interface Envelope {
  /** Empty where the sender left it to be guessed. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Opens what every body of the media type is wrapped in. Throws `ProtobufError`. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new ProtobufError('empty data');
  if (!PREFIX.equals(bytes.subarray(0, PREFIX.length))) {
    throw new ProtobufError(
      `provided data does not appear to be a protobuf message, expected prefix [${PREFIX.join(' ')}]`,
    );
  }
  if (bytes.length === PREFIX.length) throw new ProtobufError('empty body');
  const envelope: { -readonly [Key in keyof Envelope]: Envelope[Key] } = {
    apiVersion: '',
    kind: '',
    raw: new Uint8Array(),
  };
  readFields(bytes.subarray(PREFIX.length), (number, wire, reader) => {
    if (number === 1) Object.assign(envelope, readTypeMeta(readBytes('TypeMeta', wire, reader)));
    else if (number === 2) envelope.raw = readBytes('Raw', wire, reader);
    else return false;
    return true;
  });
  return envelope;
}

function readTypeMeta(bytes: Uint8Array): Partial<Envelope> {
  const type: { apiVersion?: string; kind?: string } = {};
  readFields(bytes, (number, wire, reader) => {
    if (number === 1) type.apiVersion = readString('APIVersion', wire, reader);
    else if (number === 2) type.kind = readString('Kind', wire, reader);
    else return false;
    return true;
  });
  return type;
}
