import { statusError } from '#common/kube/status-error.ts';
import { parseJson, TextError, type ParsedText } from '#common/kube/text/json.ts';
import { parseYaml } from '#common/kube/text/yaml.ts';
import type { ApiRequest } from './exchange.ts';

const LIMIT = 3 * 1024 * 1024;

const BODY_TYPES = ['application/json', 'application/yaml'];

/** The body as text; throws 413 beyond 3 MiB, without reading further. */
export async function readBody(request: ApiRequest): Promise<string> {
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
  return Buffer.concat(chunks).toString('utf8');
}

/** A JSON or YAML body; an empty one is an object without fields. Throws 400 and 415. */
export async function readText(request: ApiRequest): Promise<ParsedText> {
  const text = await readBody(request);
  const type = mediaType(request);
  if (type !== '' && !BODY_TYPES.includes(type)) throw statusError.unsupportedMediaType(BODY_TYPES);
  if (text.trim() === '') return { value: {}, duplicates: new Set(), problems: [] };
  return type === 'application/yaml' ? fromYaml(text) : fromJson(text);
}

export function fromJson(text: string): ParsedText {
  return readable('the object provided is unrecognized (must be of type application/json)', () => parseJson(text));
}

export function fromYaml(text: string): ParsedText {
  return readable('error converting YAML to JSON', () => parseYaml(text));
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
