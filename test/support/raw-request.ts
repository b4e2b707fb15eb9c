import https from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestMaster } from './master.ts';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Who asks; an administrator when absent. */
  readonly user?: string;
  readonly groups?: readonly string[];
  /** Without a certificate. */
  readonly anonymous?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** One request on a connection of its own, byte for byte as a client may send it. */
export async function rawRequest(master: TestMaster, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body, user, groups, anonymous = false } = options;
  const credentials = anonymous ? { ca: master.authority.cert } : master.credentials(user, groups);
  const url = new URL(await master.url());
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        ...credentials,
        host: url.hostname,
        port: url.port,
        servername: 'localhost',
        path,
        method,
        headers,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: <T>() => JSON.parse(text) as T,
          });
        });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
