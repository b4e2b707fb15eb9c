import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { Clock } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import { uuid } from '#common/base/random.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import type { Authenticator, PeerSocket } from '../authentication/authenticator.ts';
import { impersonate } from '../authentication/impersonation.ts';
import { authorize } from '../authorization/authorize.ts';
import { selectedName } from '../authorization/selected-name.ts';
import type { Connectors } from '../streaming/connectors.ts';
import type { Attributes } from '../authorization/authorizer.ts';
import type { User } from '../authentication/user.ts';
import { ApiMetrics } from '../metrics/api-metrics.ts';
import { asStatusError, isGone, sendError, type ApiRequest, type ApiResponse } from './exchange.ts';
import { InFlight, isLongRunning } from './in-flight.ts';
import type { RequestRecord } from './request-record.ts';
import { handlePath, type PathDocuments } from './path-handler.ts';
import { requestInfo, type RequestInfo, type ResourceVerb } from './request-info.ts';
import { handleResource } from './resource-handler.ts';

export interface ServingCredentials {
  readonly cert: string;
  readonly key: string;
  /** Client certificates come from here. */
  readonly clientCa: string;
}

export interface HttpsServerOptions {
  readonly api: Api;
  readonly authenticator: Authenticator;
  readonly connectors: Connectors;
  readonly documents: Omit<PathDocuments, 'metrics'>;
  readonly credentials: ServingCredentials;
}

/** Chosen by the client or made here, it is told in the answer and in the audit log (audit.k8s.io). */
const AUDIT_ID = 'audit-id';
const CLOSE_GRACE_MS = 1000;
/** client-go opens a stream per watch on one connection. */
const STREAMS_PER_CONNECTION = 1000;
/** Headers and URL of one request over HTTP/2, in bytes; over HTTP/1.1 Node.js takes 16 KiB. */
const HEADERS_LIMIT = 64 * 1024;
const HANDSHAKE_MS = 10_000;
/** A connection whose other end is gone is noticed by asking after so much silence. */
const KEEP_ALIVE_MS = 30_000;
/** Upstream's --request-timeout. */
const REQUEST_MS = 60_000;

/** The API over HTTPS: HTTP/2 and HTTP/1.1, on as many addresses as it is told to listen on. */
export class HttpsServer implements AsyncDisposable {
  readonly #options: HttpsServerOptions;
  readonly #servers = new Set<http2.Http2SecureServer>();
  /** By their ends: those that have not said yet who they are. */
  readonly #handshaking = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #handling = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #inFlight = new InFlight();
  readonly #metrics: ApiMetrics;
  readonly #documents: PathDocuments;
  #credentials: ServingCredentials;

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
    this.#metrics = new ApiMetrics(options.api, this.#inFlight);
    const draining = (): true | string => !this.#stopping.signal.aborted || 'the server is shutting down';
    this.#documents = {
      ...options.documents,
      checks: { ...options.documents.checks, shutdown: draining },
      metrics: () => this.#metrics.text(),
    };
  }

  /** Shows another certificate from now on; connections that are there stay. */
  useCredentials(credentials: ServingCredentials): void {
    this.#credentials = credentials;
    for (const server of this.#servers) server.setSecureContext(secureContext(credentials));
  }

  /** Listens on one more address. Rejects with the system's error (EADDRINUSE, EADDRNOTAVAIL). */
  async listen(host: string, port: number): Promise<AddressInfo> {
    const server = http2.createSecureServer({
      allowHTTP1: true,
      ...secureContext(this.#credentials),
      requestCert: true,
      // Tokens and anonymous health checks come without a certificate; a foreign one is not authorized.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION, maxHeaderListSize: HEADERS_LIMIT },
    });
    server.on('request', (request, response) => {
      const handling = this.#handle(request as unknown as ApiRequest, response as unknown as ApiResponse);
      this.#handling.add(handling);
      void handling.finally(() => this.#handling.delete(handling));
    });
    server.on('connection', (socket: Socket) => {
      const ends = endsOf(socket);
      this.#handshaking.set(ends, socket);
      socket.once('close', () => this.#handshaking.delete(ends));
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#handshaking.delete(endsOf(socket));
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      this.#track(this.#sockets, socket);
    });
    server.on('session', (session) => {
      this.#track(this.#sessions, session);
      session.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#servers.add(server);
    return server.address() as AddressInfo;
  }

  /** Ends the connections from elsewhere, whose other ends may be gone without a word: who is there connects anew. */
  hangUp(): void {
    for (const socket of this.#sockets) if (!isLoopback(socket.remoteAddress ?? '')) socket.destroy();
  }

  /** Ends watches, lets requests finish for a moment, then closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    const closed = Array.from(this.#servers, (server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const session of this.#sessions) session.close();
    // Nobody waits for an answer there.
    for (const socket of this.#handshaking.values()) socket.destroy();
    const grace = this.#options.api.clock.after(CLOSE_GRACE_MS, () => {
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    });
    await Promise.all(this.#handling);
    // HTTP/1.1 connections stay open after their last answer.
    for (const socket of this.#sockets)
      if (!('alpnProtocol' in socket) || socket.alpnProtocol !== 'h2') socket.destroySoon();
    await Promise.all(closed);
    grace[Symbol.dispose]();
  }

  #track<T extends { once(event: 'close', listener: () => void): unknown }>(set: Set<T>, item: T): void {
    set.add(item);
    item.once('close', () => set.delete(item));
  }

  async #handle(request: ApiRequest, response: ApiResponse): Promise<void> {
    // An aborted request is no error of ours.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const { api } = this.#options;
    const record: RequestRecord = {
      auditId: textOf(request.headers[AUDIT_ID]) || uuid(api.random),
      receivedAt: api.clock.now(),
      started: api.clock.monotonic(),
      sourceAddress: request.socket.remoteAddress ?? '',
    };
    response.setHeader(AUDIT_ID, record.auditId);
    response.once('close', () => this.#finish(record, request, response));
    try {
      await this.#answer(record, request, response);
    } catch (error) {
      if (record.expired || isGone(response)) return;
      const failure = asStatusError(error);
      record.failure = failure.status;
      if (failure.code >= 500 && failure !== error) {
        api.log.error('request failed', {
          method: request.method,
          path: request.url,
          error: error instanceof Error ? (error.stack ?? describeError(error)) : String(error),
        });
      }
      await sendError(request, response, failure).catch(() => response.destroy());
    }
  }

  async #answer(record: RequestRecord, request: ApiRequest, response: ApiResponse): Promise<void> {
    const { api, authenticator, connectors } = this.#options;
    const socket = tlsSocketOf(request);
    const info = requestInfo(request.method ?? 'GET', request.url ?? '/');
    record.info = info;
    if (!isLongRunning(info)) {
      record.deadline = api.clock.after(REQUEST_MS, () => void expire(api.clock, record, request, response));
    }
    const asker = await authenticator.authenticate(socket, request.headers.authorization, info.path);
    const user = impersonate(api.authorizer, asker, request.headers, request.rawHeaders);
    if (user !== asker) record.asker = asker;
    record.attributes = attributesOf(info, user);
    record.place = this.#inFlight.enter(info, user);
    authorize(api.authorizer, record.attributes);
    if (!('resource' in info)) {
      await handlePath(this.#documents, info, request, response);
      return;
    }
    const kind = api.kinds.find(info.group, info.version, info.resource);
    if (!kind) throw statusError.unknownResource();
    record.kind = kind;
    const signal = this.#stopping.signal;
    await handleResource({ api, connectors, user, info, kind, request, response, record, signal });
  }

  /** The answer is out, or nobody waits for it any more. */
  #finish(record: RequestRecord, request: ApiRequest, response: ApiResponse): void {
    record.deadline?.[Symbol.dispose]();
    record.place?.[Symbol.dispose]();
    const { api } = this.#options;
    const { info, kind, attributes, failure, receivedAt } = record;
    const code = response.statusCode;
    if (info && 'resource' in info && kind) {
      this.#metrics.observe(info, kind, code, (api.clock.monotonic() - record.started) / 1000);
    }
    if (!attributes) return;
    const { createdName } = record;
    api.audit.note({
      id: record.auditId,
      attributes: createdName === undefined ? attributes : { ...attributes, name: createdName },
      uri: request.url ?? '',
      sourceAddress: record.sourceAddress,
      userAgent: request.headers['user-agent'] ?? '',
      code,
      failure,
      receivedAt,
      asker: record.asker,
    });
  }
}

/** Also as it is told by a socket for both versions of IP. */
function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress}:${remotePort} ${localAddress}:${localPort}`;
}

function attributesOf(info: RequestInfo, user: User): Attributes {
  if (!('resource' in info)) return { user, verb: info.verb === 'head' ? 'get' : info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace } = info;
  const fieldSelector = info.query.get('fieldSelector') ?? undefined;
  const name = info.name || (takesSelector(verb) ? selectedName(fieldSelector) : '');
  const selected = fieldSelector === undefined ? {} : { fieldSelector };
  return { user, verb, group, version, resource, subresource, namespace, name, ...selected };
}

/** Answers for a request that takes too long, and hangs up on one that does not take its answer. */
async function expire(clock: Clock, record: RequestRecord, request: ApiRequest, response: ApiResponse): Promise<void> {
  record.expired = true;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const failure = statusError.timeout('request did not complete within the allotted timeout');
  record.failure = failure.status;
  record.deadline = clock.after(CLOSE_GRACE_MS, () => response.destroy());
  await sendError(request, response, failure).catch(() => response.destroy());
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.[0] ?? '');
}

function takesSelector(verb: ResourceVerb): boolean {
  return verb === 'list' || verb === 'watch' || verb === 'deletecollection';
}

function secureContext({ cert, key, clientCa }: ServingCredentials): SecureContextOptions {
  return { cert, key, ca: clientCa, minVersion: 'TLSv1.2' };
}

/** The TLS socket below a request, also where HTTP/2 hides it. */
function tlsSocketOf(request: ApiRequest): PeerSocket {
  const { stream } = request as unknown as { stream?: http2.ServerHttp2Stream };
  return (stream?.session?.socket ?? request.socket) as unknown as PeerSocket;
}
