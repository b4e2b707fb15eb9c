import { timeText } from '../time.ts';
import { parseJson, TextError } from '../text/json.ts';
import { BYTES, expectWire, ProtobufError, readFields, readInteger, VARINT, type WireReader } from './wire.ts';

/** First and last second that RFC 3339 can write. */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z') / 1000;
const LATEST = Date.parse('9999-12-31T23:59:59Z') / 1000;

/** metav1.Time and MicroTime; nothing for Go's zero time, which has no bytes. */
export function readTime(bytes: Uint8Array, format: 'date-time' | 'micro-time'): string | undefined {
  if (bytes.length === 0) return undefined;
  let seconds = 0;
  let nanos = 0;
  readFields(bytes, (field, wire, reader) => {
    if (field !== 1 && field !== 2) return false;
    expectWire(field === 1 ? 'Seconds' : 'Nanos', wire, VARINT);
    const value = readInteger(reader);
    if (field === 1) seconds = value;
    else nanos = value;
    return true;
  });
  if (format === 'date-time') nanos = 0;
  const micros = Math.trunc(nanos / 1000);
  const whole = seconds + Math.floor(micros / 1e6);
  if (whole < EARLIEST || whole > LATEST) throw new ProtobufError('Time.MarshalJSON: year outside of range [0,9999]');
  const text = timeText(whole * 1000);
  if (format === 'date-time') return text;
  const fraction = micros - Math.floor(micros / 1e6) * 1e6;
  return `${text.slice(0, -1)}.${String(fraction).padStart(6, '0')}Z`;
}

/** resource.Quantity: its text. */
export function readQuantity(bytes: Uint8Array): string {
  return onlyText('String_', bytes) || '0';
}

/** intstr.IntOrString. */
export function readIntOrString(bytes: Uint8Array): number | string {
  const found = { isText: false, number: 0, text: '' };
  readFields(bytes, (field, wire, reader) => {
    switch (field) {
      case 1:
        expectWire('Type', wire, VARINT);
        found.isText = readInteger(reader) === 1;
        return true;
      case 2:
        expectWire('IntVal', wire, VARINT);
        found.number = reader.int32();
        return true;
      case 3:
        found.text = readString('StrVal', wire, reader);
        return true;
      default:
        return false;
    }
  });
  return found.isText ? found.text : found.number;
}

/** runtime.RawExtension, metav1.FieldsV1: JSON as it is; nothing where there is none. */
export function readRaw(bytes: Uint8Array): unknown {
  const raw = onlyText('Raw', bytes);
  if (raw === '') return undefined;
  try {
    return parseJson(raw).value;
  } catch (error) {
    if (error instanceof TextError) throw new ProtobufError(error.message);
    throw error;
  }
}

/** The text of a message that has no other field. */
function onlyText(name: string, bytes: Uint8Array): string {
  let text = '';
  readFields(bytes, (field, wire, reader) => {
    if (field !== 1) return false;
    text = readString(name, wire, reader);
    return true;
  });
  return text;
}

export function readBytes(name: string, wire: number, reader: WireReader): Uint8Array {
  expectWire(name, wire, BYTES);
  return reader.bytes();
}

export function readString(name: string, wire: number, reader: WireReader): string {
  return Buffer.from(readBytes(name, wire, reader)).toString('utf8');
}
