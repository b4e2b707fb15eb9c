import http2 from 'node:http2';
import type { Readable } from 'node:stream';
import { abortReason } from '#common/base/abort.ts';
import type { Clock } from '#common/base/clock.ts';

export interface Credentials {
  /** PEM. The only authority that the server's certificate may come from. */
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

export interface SessionOptions {
  /** Addresses of the same API, tried in turn. */
  readonly servers: readonly string[];
  /** The name in the server's certificate, whatever address is dialled. */
  readonly serverName?: string;
  /** Asked at every new connection, so that renewed certificates come into use. */
  credentials(): Credentials;
  readonly userAgent: string;
  readonly clock: Clock;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Chunks of bytes. A loop that is left early ends the request. */
  readonly body: Readable;
}

const CONNECT_TIMEOUT_MS = 10_000;
// A silent connection may be dead (sleep, a moved host): ask it, as client-go does.
const PING_AFTER_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

/** One HTTP/2 connection to an API server, made when needed and made again when it breaks. */
export class HttpsSession implements AsyncDisposable {
  readonly #options: SessionOptions;
  #session: http2.ClientHttp2Session | undefined;
  #connecting: Promise<http2.ClientHttp2Session> | undefined;
  #pinger: Disposable | undefined;
  #nextServer = 0;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    if (request.signal?.aborted) throw abortReason(request.signal);
    const session = await this.#connected();
    const token = this.#options.credentials().token;
    const stream = session.request(
      {
        ':method': request.method,
        ':path': request.path,
        'user-agent': this.#options.userAgent,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...request.headers,
      },
      { endStream: request.body === undefined, ...(request.signal ? { signal: request.signal } : {}) },
    );
    return new Promise<HttpAnswer>((resolve, reject) => {
      stream.once('error', reject);
      stream.once('close', () => reject(new Error('The connection was closed before an answer came')));
      stream.once('response', (headers) => {
        resolve({ status: headers[':status'] ?? 0, body: stream });
      });
      if (request.body !== undefined) stream.end(request.body);
    });
  }

  /** Drops the connection, so that the next request dials anew with fresh credentials. */
  reset(): void {
    this.#session?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#pinger?.[Symbol.dispose]();
    const session = this.#session;
    if (!session || session.destroyed) return;
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    session.destroy();
    await closed;
  }

  async #connected(): Promise<http2.ClientHttp2Session> {
    if (this.#closed) throw new Error('The client is closed');
    if (this.#session && !this.#session.destroyed && !this.#session.closed) return this.#session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<http2.ClientHttp2Session> {
    const { servers, serverName, clock } = this.#options;
    const server = servers[this.#nextServer % servers.length]!;
    const { ca, cert, key } = this.#options.credentials();
    const session = http2.connect(server, {
      ca,
      ...(cert && key ? { cert, key } : {}),
      ...(serverName ? { servername: serverName } : {}),
      minVersion: 'TLSv1.2',
    });
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(CONNECT_TIMEOUT_MS, () => session.destroy(new Error(`No answer from ${server}`)));
      session.once('connect', () => {
        timer[Symbol.dispose]();
        resolve();
      });
      session.once('error', (error) => {
        timer[Symbol.dispose]();
        // The next attempt tries the next address.
        this.#nextServer++;
        reject(new Error(`Cannot connect to ${server}`, { cause: error }));
      });
    });
    session.on('error', () => undefined);
    session.on('goaway', () => session.close());
    session.once('close', () => {
      if (this.#session === session) this.#pinger?.[Symbol.dispose]();
    });
    this.#session = session;
    this.#watchLiveness(session);
    return session;
  }

  #watchLiveness(session: http2.ClientHttp2Session): void {
    const { clock } = this.#options;
    this.#pinger = clock.after(PING_AFTER_MS, () => {
      if (session.destroyed) return;
      const deadline = clock.after(PING_TIMEOUT_MS, () => session.destroy(new Error('The API server went silent')));
      this.#pinger = deadline;
      session.ping(() => {
        deadline[Symbol.dispose]();
        if (!session.destroyed) this.#watchLiveness(session);
      });
    });
  }
}
