import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { StatusError, statusError, type Status } from '#common/kube/status-error.ts';

/** HTTP/1.1 and HTTP/2 look the same to the handlers: Node's compatibility API gives both these shapes. */
export type ApiRequest = IncomingMessage;
export type ApiResponse = ServerResponse;

/** Smaller answers are not worth the time (apiserver's defaultGzipThresholdBytes). */
const GZIP_FROM_BYTES = 128 * 1024;
const CHUNK_BYTES = 256 * 1024;

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
    const vary = [response.getHeader('vary') ?? [], 'Accept-Encoding'].flat().join(', ');
    response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip', vary });
    if (request.method === 'HEAD') response.end();
    else await writeCompressed(response, parts);
    return;
  }
  response.writeHead(status, { 'content-type': type, 'content-length': length });
  if (request.method === 'HEAD') response.end();
  else if (parts.length === 1) response.end(parts[0]);
  else if (length <= CHUNK_BYTES) response.end(Buffer.concat(parts));
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

/**
 * Joins small parts, so that a list of thousands is not thousands of frames. Each of two chunks is filled anew
 * when the reader has taken it: however long a list is and however slow its reader, no more is held for it.
 */
async function writeAll(response: ApiResponse, parts: readonly Buffer[]): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const chunks = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)] as const;
  let filling: Buffer = chunks[0];
  let filled = 0;
  let taken = Promise.resolve();
  for (const part of parts) {
    for (let copied = 0; copied < part.length;) {
      const count = part.copy(filling, filled, copied);
      copied += count;
      filled += count;
      if (filled < CHUNK_BYTES) continue;
      const full = filling;
      const written = new Promise<void>((resolve) => response.write(full, () => resolve()));
      await Promise.race([taken, closed]);
      if (isGone(response)) return;
      taken = written;
      filling = full === chunks[0] ? chunks[1] : chunks[0];
      filled = 0;
    }
  }
  response.end(filling.subarray(0, filled));
}

/** Compressed as it is sent: neither the answer nor its compressed form is ever held as a whole. */
async function writeCompressed(response: ApiResponse, parts: readonly Buffer[]): Promise<void> {
  for await (const chunk of Readable.from(parts, { objectMode: false }).pipe(createGzip({ level: 1 }))) {
    if (!response.write(chunk)) await drained(response);
    if (isGone(response)) return;
  }
  response.end();
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
