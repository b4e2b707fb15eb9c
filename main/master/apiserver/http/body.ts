import { openEnvelope, PROTOBUF_TYPE, type Envelope } from '#common/kube/protobuf/envelope.ts';
import { hasMessage, readMessage } from '#common/kube/protobuf/read-message.ts';
import { ProtobufError } from '#common/kube/protobuf/wire.ts';
import type { Schemas } from '#common/kube/schema/schema.ts';
import { statusError } from '#common/kube/status-error.ts';
import { parseJson, TextError, type ParsedText } from '#common/kube/text/json.ts';
import { parseYaml } from '#common/kube/text/yaml.ts';
import type { ExpectedType } from '../handlers/decode-object.ts';
import type { ApiRequest } from './exchange.ts';

const LIMIT = 3 * 1024 * 1024;

/** What a body is read as; options are of whatever version their resource is. */
export type BodyType = Omit<ExpectedType, 'apiVersion'> & { readonly apiVersion: string | undefined };

const TEXT_TYPES = ['application/json', 'application/yaml'];

/** The body; throws 413 beyond 3 MiB, without reading further. */
export async function readBytes(request: ApiRequest): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? '0');
  if (announced > LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // Too much of it ends the reading, not the connection, on which the answer has to go out.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A JSON, YAML or protobuf body; an empty text is an object without fields. Throws 400 and 415. */
export async function readObject(request: ApiRequest, schemas: Schemas, expected: BodyType): Promise<ParsedText> {
  return parseObject(mediaType(request), await readBytes(request), schemas, expected);
}

/** The same of a body that is read already. */
export function parseObject(type: string, bytes: Buffer, schemas: Schemas, expected: BodyType): ParsedText {
  if (type === PROTOBUF_TYPE && hasMessage(expected.type)) return fromProtobuf(bytes, schemas, expected);
  if (type !== '' && !TEXT_TYPES.includes(type)) {
    throw statusError.unsupportedMediaType(hasMessage(expected.type) ? [...TEXT_TYPES, PROTOBUF_TYPE] : TEXT_TYPES);
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') return written({});
  return type === 'application/yaml' ? fromYaml(text) : fromJson(text);
}

/** A value whose writing leaves nothing to complain of. */
function written(value: unknown): ParsedText {
  return { value, duplicates: new Set(), problems: [] };
}

export function fromJson(text: string): ParsedText {
  return readable('the object provided is unrecognized (must be of type application/json)', () => parseJson(text));
}

export function fromYaml(text: string): ParsedText {
  return readable('error converting YAML to JSON', () => parseYaml(text));
}

/** What is of another kind than expected is left unread: its name says enough. */
function fromProtobuf(bytes: Buffer, schemas: Schemas, expected: BodyType): ParsedText {
  const { apiVersion, kind, raw } = opened(bytes, expected);
  const fits = expected.apiVersion === undefined || apiVersion === expected.apiVersion;
  if (!fits || kind !== expected.kind) return written({ apiVersion, kind });
  try {
    return written({ ...readMessage(schemas, expected.type, raw), apiVersion, kind });
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    throw statusError.badRequest(
      `${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${error.message}`,
    );
  }
}

function opened(bytes: Buffer, expected: BodyType): Envelope {
  try {
    const { apiVersion, kind, raw } = openEnvelope(bytes);
    return { apiVersion: apiVersion || (expected.apiVersion ?? ''), kind: kind || expected.kind, raw };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw statusError.badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ${error.message} (${summary(bytes)})`,
    );
  }
}

const SUMMARY_BYTES = 30;

function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, SUMMARY_BYTES).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.length > SUMMARY_BYTES ? `${start} ...` : start;
}

function readable(otherwise: string, parse: () => ParsedText): ParsedText {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TextError) throw statusError.badRequest(`${otherwise}: ${error.message}`);
    throw error;
  }
}

/** The content type without its parameters. */
export function mediaType(request: ApiRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

function tooLarge(): Error {
  return statusError.entityTooLarge(`limit is ${LIMIT}`);
}
