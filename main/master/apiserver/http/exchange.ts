import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { StatusError, statusError, type Status } from '#common/kube/status-error.ts';

/** HTTP/1.1 and HTTP/2 look the same to the handlers: Node's compatibility API gives both these shapes. */
export type ApiRequest = IncomingMessage;
export type ApiResponse = ServerResponse;

const compress = promisify(gzip);
/** Smaller answers are not worth the time (apiserver's defaultGzipThresholdBytes). */
const GZIP_FROM_BYTES = 128 * 1024;
const WRITE_CHUNK = 256 * 1024;

export const JSON_TYPE = 'application/json';

/** Answers with bytes that are ready. */
export async function sendBytes(
  request: ApiRequest,
  response: ApiResponse,
  status: number,
  type: string,
  bytes: Buffer | readonly Buffer[],
): Promise<void> {
  const parts = Buffer.isBuffer(bytes) ? [bytes] : bytes;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length >= GZIP_FROM_BYTES && /\bgzip\b/.test(String(request.headers['accept-encoding']))) {
    const compressed = await compress(Buffer.concat(parts), { level: 1 });
    const vary = [response.getHeader('vary') ?? [], 'Accept-Encoding'].flat().join(', ');
    response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip', vary });
    response.end(compressed);
    return;
  }
  response.writeHead(status, { 'content-type': type, 'content-length': length });
  if (request.method === 'HEAD') response.end();
  else await writeAll(response, parts);
}

export async function sendJson(
  request: ApiRequest,
  response: ApiResponse,
  status: number,
  value: unknown,
): Promise<void> {
  await sendBytes(request, response, status, JSON_TYPE, Buffer.from(JSON.stringify(value), 'utf8'));
}

export async function sendText(
  request: ApiRequest,
  response: ApiResponse,
  status: number,
  text: string,
): Promise<void> {
  await sendBytes(request, response, status, 'text/plain; charset=utf-8', Buffer.from(text, 'utf8'));
}

const HANGS_UP: ReadonlySet<number> = new Set([413, 504]);

/** Answers with the Status of an error, if an answer can still be given. */
export async function sendError(request: ApiRequest, response: ApiResponse, error: StatusError): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { retryAfterSeconds } = error.status.details ?? {};
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  response.setHeader('x-content-type-options', 'nosniff');
  // What was not read of the body is read and forgotten: a connection that is closed while bytes arrive takes
  // the answer with it. After one that was too long or too slow nothing more is wanted from it.
  request.resume();
  if (request.httpVersionMajor === 1 && HANGS_UP.has(error.code)) response.setHeader('connection', 'close');
  await sendJson(request, response, error.code, error.status satisfies Status);
}

/** Any failure as what the API answers. Unknown ones are bugs: their text is shown, their stack logged. */
export function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return statusError.internal(error instanceof Error ? error.message : String(error));
}

/** Small parts are joined, so that a list of thousands is not thousands of frames; slow readers are waited for. */
async function writeAll(response: ApiResponse, parts: readonly Buffer[]): Promise<void> {
  let chunk: Buffer[] = [];
  let size = 0;
  for (const part of parts) {
    chunk.push(part);
    size += part.length;
    if (size < WRITE_CHUNK) continue;
    if (!response.write(Buffer.concat(chunk))) await drained(response);
    if (isGone(response)) return;
    chunk = [];
    size = 0;
  }
  response.end(chunk.length === 1 ? chunk[0] : Buffer.concat(chunk));
}

/** Whether nobody hears the answer any more. Answers over HTTP/2 know it by their stream only. */
export function isGone(response: ApiResponse): boolean {
  const { stream } = response as ApiResponse & { readonly stream?: { readonly destroyed: boolean } };
  return stream?.destroyed ?? response.destroyed;
}

/** Resolves when the reader has taken enough to be given more, or is gone. */
export function drained(response: ApiResponse): Promise<void> {
  if (isGone(response)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
