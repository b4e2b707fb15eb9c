import { parse as parseYaml } from 'yaml';
import { statusError } from '#common/kube/status-error.ts';
import type { ApiRequest } from './exchange.ts';

const LIMIT = 3 * 1024 * 1024;
/** Anchors that multiply: far fewer are needed by any manifest. */
const YAML_ALIASES = 100;

const BODY_TYPES = ['application/json', 'application/yaml'];

/** The body as text; throws 413 beyond 3 MiB, without reading further. */
export async function readBody(request: ApiRequest): Promise<string> {
  const announced = Number(request.headers['content-length'] ?? '0');
  if (announced > LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A JSON or YAML body as a value; nothing when there is none. Throws 400 and 415. */
export async function readValue(request: ApiRequest): Promise<unknown> {
  const text = await readBody(request);
  if (text.trim() === '') return undefined;
  const type = mediaType(request);
  if (type !== '' && !BODY_TYPES.includes(type)) throw statusError.unsupportedMediaType(BODY_TYPES);
  return type === 'application/yaml' ? fromYaml(text) : fromJson(text);
}

export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw statusError.badRequest(
      `the object provided is unrecognized (must be of type application/json): ${why(error)}`,
    );
  }
}

export function fromYaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: YAML_ALIASES, uniqueKeys: true }) as unknown;
  } catch (error) {
    throw statusError.badRequest(`error converting YAML to JSON: ${why(error)}`);
  }
}

/** The content type without its parameters. */
export function mediaType(request: ApiRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

function tooLarge(): Error {
  return statusError.entityTooLarge(`limit is ${LIMIT}`);
}

function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
