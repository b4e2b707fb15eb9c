import { parse as parseYaml } from 'yaml';
import { statusError } from '#common/kube/status-error.ts';
import type { ApiRequest } from './exchange.ts';

const LIMIT = 3 * 1024 * 1024;
/** No type of the API is a hundredth as deep; what comes after the reading is not made for more. */
const DEEPEST = 1000;
/** Anchors that multiply: far fewer are needed by any manifest. */
const YAML_ALIASES = 100;

const BODY_TYPES = ['application/json', 'application/yaml'];

/** The body as text; throws 413 beyond 3 MiB, without reading further. */
export async function readBody(request: ApiRequest): Promise<string> {
  const announced = Number(request.headers['content-length'] ?? '0');
  if (announced > LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // A reader that leaves half-way would take the connection with it, and the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
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
    return checkDepth(JSON.parse(text));
  } catch (error) {
    throw statusError.badRequest(
      `the object provided is unrecognized (must be of type application/json): ${why(error)}`,
    );
  }
}

export function fromYaml(text: string): unknown {
  try {
    return checkDepth(parseYaml(text, { maxAliasCount: YAML_ALIASES, uniqueKeys: true, logLevel: 'error' }));
  } catch (error) {
    throw statusError.badRequest(`error converting YAML to JSON: ${why(error)}`);
  }
}

/** The value itself; throws when it is nested too deeply. */
function checkDepth(value: unknown): unknown {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new Error('exceeded max depth');
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return value;
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
