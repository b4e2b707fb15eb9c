import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { describeError } from '#common/base/log.ts';
import type { AgentContext } from '../../base/context.ts';
import type { KeyAndCertificate } from '../../identity/key-and-certificate.ts';
import { logOptionsSchema } from '../logs/log-options.ts';
import type { StoredPod } from '../pods/pod.ts';
import { authenticate, authorize } from './authorize.ts';
import { containerLog, type ContainerLogParts } from './container-logs.ts';
import { HttpError } from './http-error.ts';

export interface KubeletServerOptions {
  readonly address: string;
  readonly port: number;
  /** PEM: clients' certificates come from here. */
  readonly certificateAuthority: string;
  readonly certificate: KeyAndCertificate;
  /** The pods of this node. */
  readonly pods: () => readonly StoredPod[];
  readonly logs: ContainerLogParts;
  readonly context: AgentContext;
}

/** The kubelet's HTTPS API: /healthz, /pods and /containerLogs/{namespace}/{pod}/{container}. */
export class KubeletServer implements AsyncDisposable {
  readonly #options: KubeletServerOptions;
  readonly #server: https.Server;
  readonly #closing = new AbortController();

  private constructor(options: KubeletServerOptions) {
    this.#options = options;
    this.#server = https.createServer(
      {
        ...secureContext(options.certificate, options.certificateAuthority),
        requestCert: true,
        // Callers without a certificate are told so, in HTTP.
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      },
      (request, response) => void this.#serve(request, response),
    );
  }

  static async listen(options: KubeletServerOptions): Promise<KubeletServer> {
    const server = new KubeletServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port, options.address, resolve);
    });
    options.context.log.info('the kubelet API listens', { address: options.address, port: options.port });
    return server;
  }

  get address(): AddressInfo | string | null {
    return this.#server.address();
  }

  /** New connections are served with this certificate. */
  use(certificate: KeyAndCertificate): void {
    this.#server.setSecureContext(secureContext(certificate, this.#options.certificateAuthority));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    try {
      const method = request.method ?? 'GET';
      if (!(request.socket instanceof TLSSocket)) throw new HttpError(401, 'Unauthorized');
      authorize(authenticate(request.socket), method, url.pathname);
      if (method !== 'GET') throw new HttpError(405, 'Method Not Allowed');
      await this.#route(url, response);
    } catch (error) {
      this.#fail(error, url, response);
    }
  }

  async #route(url: URL, response: ServerResponse): Promise<void> {
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (url.pathname === '/healthz') respond(response, 200, 'text/plain; charset=utf-8', 'ok');
    else if (url.pathname === '/pods') {
      const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.#options.pods() };
      respond(response, 200, 'application/json', JSON.stringify(list));
    } else if (parts[0] === 'containerLogs' && parts.length === 4) {
      await this.#logs(parts[1] ?? '', parts[2] ?? '', parts[3] ?? '', url, response);
    } else throw new HttpError(404, '404 page not found');
  }

  async #logs(namespace: string, name: string, container: string, url: URL, response: ServerResponse): Promise<void> {
    const options = logOptionsSchema.safeParse(Object.fromEntries(url.searchParams));
    if (!options.success) {
      const [issue] = options.error.issues;
      throw new HttpError(400, `invalid query parameter ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    }
    const pod = this.#options.pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (!pod) throw new HttpError(404, `pod "${name}" does not exist`);
    const ended = new AbortController();
    response.once('close', () => ended.abort());
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    const log = await containerLog(this.#options.logs, pod, container, options.data, signal);
    response.writeHead(200, { 'content-type': 'text/plain' });
    // A follower is to see that it is connected before the first line comes.
    response.flushHeaders();
    await pipeline(Readable.from(log, { objectMode: false }), response);
  }

  #fail(error: unknown, url: URL, response: ServerResponse): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = error instanceof HttpError ? error.status : error instanceof URIError ? 400 : 500;
    if (status === 500) {
      this.#options.context.log.warn('a request failed', { path: url.pathname, error: describeError(error) });
    }
    respond(response, status, 'text/plain; charset=utf-8', error instanceof Error ? error.message : String(error));
  }
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function secureContext({ key, cert }: KeyAndCertificate, ca: string): { key: string; cert: string; ca: string } {
  return { key, cert, ca };
}
