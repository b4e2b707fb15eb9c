import https, { type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** JSON of the API, looked at as it is. */
export interface RawObject {
  readonly [key: string]: unknown;
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly metadata?: {
    readonly [key: string]: unknown;
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly items?: readonly RawObject[];
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The text as JSON: whatever the test knows it to be. */
  json<T = RawObject>(): T;
}

/** Sends one request of HTTP/1.1 as it is given; resolves when its answer begins. */
export function send(url: string, options: RequestOptions, body?: string | Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, options, resolve);
    // More than one may come: a server that answers early may hang up before it has read all.
    request.on('error', reject);
    request.end(body);
  });
}

export async function wholeAnswer(message: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    bytes,
    text,
    json: <T>() => JSON.parse(text) as T,
  };
}
