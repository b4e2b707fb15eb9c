import http2 from 'node:http2';
import { PassThrough, type Readable } from 'node:stream';
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
  readonly body: AsyncIterable<Buffer>;
}

const CONNECT_TIMEOUT_MS = 10_000;
// A silent connection may be dead (sleep, a moved host): ask it, as client-go does.
const PING_AFTER_MS = 30_000;
const PING_TIMEOUT_MS = 15_000;

/** One HTTP/2 connection to an API server, made when needed and made again when it breaks. */
export class HttpsSession implements AsyncDisposable {
  readonly #options: SessionOptions;
  /** New requests go here. */
  #current: http2.ClientHttp2Session | undefined;
  /** Also those that only let their last requests finish. */
  readonly #open = new Set<http2.ClientHttp2Session>();
  #connecting: Promise<http2.ClientHttp2Session> | undefined;
  #servers: readonly string[];
  #nextServer = 0;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#servers = options.servers;
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
        resolve({ status: headers[':status'] ?? 0, body: wholeBody(stream) });
      });
      if (request.body !== undefined) stream.end(request.body);
    });
  }

  /** Drops the connection, so that the next request dials anew with fresh credentials. */
  reset(): void {
    this.#current?.destroy();
  }

  /** From now on the API is found there: connections that are, or are being made, elsewhere end. */
  useServers(servers: readonly string[]): void {
    this.#servers = servers;
    this.#nextServer = 0;
    for (const session of this.#open) session.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#open, closed));
  }

  async #connected(): Promise<http2.ClientHttp2Session> {
    if (this.#closed) throw new Error('The client is closed');
    if (this.#current && !this.#current.destroyed && !this.#current.closed) return this.#current;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<http2.ClientHttp2Session> {
    const { serverName, clock } = this.#options;
    const servers = this.#servers;
    const server = servers[this.#nextServer % servers.length]!;
    const { ca, cert, key } = this.#options.credentials();
    const session = http2.connect(server, {
      ca,
      ...(cert && key ? { cert, key } : {}),
      ...(serverName ? { servername: serverName } : {}),
      minVersion: 'TLSv1.2',
    });
    this.#open.add(session);
    session.once('close', () => this.#open.delete(session));
    // The next attempt tries the next address.
    session.on('error', () => this.#nextServer++);
    await new Promise<void>((resolve, reject) => {
      const timer = clock.after(CONNECT_TIMEOUT_MS, () => session.destroy(new Error(`No answer from ${server}`)));
      const fail = (cause?: Error): void => reject(new Error(`Cannot connect to ${server}`, { cause }));
      session.once('connect', resolve);
      session.once('error', fail);
      session.once('close', () => fail());
      session.once('connect', () => timer[Symbol.dispose]());
      session.once('close', () => timer[Symbol.dispose]());
    });
    session.on('goaway', () => session.close());
    this.#current = session;
    this.#watchLiveness(session);
    return session;
  }

  #watchLiveness(session: http2.ClientHttp2Session): void {
    const { clock } = this.#options;
    let timer: Disposable;
    session.once('close', () => timer[Symbol.dispose]());
    const wait = (): void => {
      timer = clock.after(PING_AFTER_MS, ask);
    };
    const ask = (): void => {
      timer = clock.after(PING_TIMEOUT_MS, () => session.destroy(new Error('The API server went silent')));
      session.ping(() => {
        timer[Symbol.dispose]();
        if (!session.destroyed) wait();
      });
    };
    wait();
  }
}

/**
 * The body, which ends normally only when all of it came; leaving it early ends the request. It is not the
 * stream itself, since a loop over that destroys it a moment before it closes, which the server sees as a
 * reset (it ends connections with a thousand of them: CVE-2023-44487), and takes a short answer that came in
 * one go for one that was cut off.
 */
function wholeBody(stream: http2.ClientHttp2Stream): Readable {
  const body = stream.pipe(new PassThrough(), { end: false });
  let isWhole = false;
  // First of all listeners: where an answer came in one go, another of them destroys the stream that has ended.
  stream.prependOnceListener('end', () => {
    // A stream that is destroyed may end like any other.
    isWhole = !stream.destroyed;
    if (isWhole) body.end();
  });
  stream.once('error', (error: Error) => body.destroy(error));
  stream.once('close', () => {
    if (!isWhole) body.destroy(new Error('The connection was closed before the whole answer came'));
  });
  body.once('close', () => {
    if (!isWhole) stream.destroy();
  });
  // Whoever reads hears of it; nobody has to.
  body.on('error', () => undefined);
  return body;
}

/** Resolves when the session, which is ended at once, is gone. */
function closed(session: http2.ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.once('close', resolve);
    session.destroy();
  });
}
