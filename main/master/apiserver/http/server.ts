import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { describeError } from '#common/base/log.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import type { Authenticator, PeerSocket } from '../authentication/authenticator.ts';
import { impersonate } from '../authentication/impersonation.ts';
import { authorize } from '../authorization/authorize.ts';
import { selectedName } from '../authorization/selected-name.ts';
import type { Connectors } from '../streaming/connectors.ts';
import { asStatusError, sendError, type ApiRequest, type ApiResponse } from './exchange.ts';
import { handlePath, type PathDocuments } from './path-handler.ts';
import { requestInfo, type ResourceVerb } from './request-info.ts';
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
  readonly documents: PathDocuments;
  readonly credentials: ServingCredentials;
}

const CLOSE_GRACE_MS = 1000;
/** client-go opens a stream per watch on one connection. */
const STREAMS_PER_CONNECTION = 1000;

/** The API over HTTPS: HTTP/2 and HTTP/1.1, on as many addresses as it is told to listen on. */
export class HttpsServer implements AsyncDisposable {
  readonly #options: HttpsServerOptions;
  readonly #servers = new Set<http2.Http2SecureServer>();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #handling = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #credentials: ServingCredentials;

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
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
      settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION },
    });
    server.on('request', (request, response) => {
      const handling = this.#handle(request as unknown as ApiRequest, response as unknown as ApiResponse);
      this.#handling.add(handling);
      void handling.finally(() => this.#handling.delete(handling));
    });
    server.on('secureConnection', (socket) => this.#track(this.#sockets, socket));
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

  /** Ends watches, lets requests finish for a moment, then closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    const closed = Array.from(this.#servers, (server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const session of this.#sessions) session.close();
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
    try {
      await this.#answer(request, response);
    } catch (error) {
      const status = asStatusError(error);
      if (status.code >= 500) {
        this.#options.api.log.error('request failed', {
          method: request.method,
          path: request.url,
          error: error instanceof Error && error !== status ? (error.stack ?? describeError(error)) : status.message,
        });
      }
      await sendError(request, response, status).catch(() => response.destroy());
    }
  }

  async #answer(request: ApiRequest, response: ApiResponse): Promise<void> {
    const { api, authenticator, connectors, documents } = this.#options;
    const socket = tlsSocketOf(request);
    const info = requestInfo(request.method ?? 'GET', request.url ?? '/');
    const asker = await authenticator.authenticate(socket, request.headers.authorization, info.path);
    const user = impersonate(api.authorizer, asker, request.headers, request.rawHeaders);
    if (!('resource' in info)) {
      authorize(api.authorizer, { user, verb: info.verb === 'head' ? 'get' : info.verb, path: info.path });
      await handlePath(documents, info, request, response);
      return;
    }
    const fieldSelector = info.query.get('fieldSelector') ?? undefined;
    authorize(api.authorizer, {
      user,
      verb: info.verb,
      group: info.group,
      version: info.version,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name || (takesSelector(info.verb) ? selectedName(fieldSelector) : ''),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    });
    const kind = api.kinds.find(info.group, info.version, info.resource);
    if (!kind) throw statusError.unknownResource();
    const signal = this.#stopping.signal;
    await handleResource({ api, connectors, user, info, kind, request, response, signal });
  }
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
