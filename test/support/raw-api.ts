import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from '#common/client/https/session.ts';
import type { Status } from '#common/kube/status-error.ts';
import type { TestMaster } from './master.ts';
import { send, wholeAnswer, type RawAnswer } from './raw-http.ts';
import { RawWatch } from './raw-watch.ts';

type Headers = Readonly<Record<string, string>>;

export interface RawRequest {
  /** A text or bytes go as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Headers;
  readonly signal?: AbortSignal;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** The API without a client library in between: any path, any header, any body, over HTTP/1.1. */
export class RawApi implements Disposable {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent: https.Agent;

  constructor({ url, ca, cert, key, token }: Credentials & { readonly url: string }) {
    this.#url = url;
    this.#token = token;
    this.#agent = new https.Agent({ keepAlive: true, ca, ...(cert && key ? { cert, key } : {}) });
  }

  /** As an administrator, unless other credentials are given. */
  static async open(master: TestMaster, credentials = master.credentials()): Promise<RawApi> {
    return new RawApi({ url: await master.url(), ...credentials });
  }

  get(path: string, headers: Headers = {}): Promise<RawAnswer> {
    return this.request('GET', path, { headers });
  }

  post(path: string, body: object): Promise<RawAnswer> {
    return this.request('POST', path, { body });
  }

  put(path: string, body: object): Promise<RawAnswer> {
    return this.request('PUT', path, { body });
  }

  patch(path: string, type: keyof typeof PATCH_TYPES, body: object): Promise<RawAnswer> {
    return this.request('PATCH', path, { body, headers: { 'content-type': PATCH_TYPES[type] } });
  }

  delete(path: string, body?: object): Promise<RawAnswer> {
    return this.request('DELETE', path, { body });
  }

  async request(method: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
    return wholeAnswer(await this.#send(method, path, options));
  }

  /** What an error says: its code, reason and message. */
  async failure(method: string, path: string, options: RawRequest = {}): Promise<Status> {
    const answer = await this.request(method, path, options);
    const status = answer.json<Status>();
    if (status.status !== 'Failure' || status.code !== answer.status) throw new Error(`No failure: ${answer.text}`);
    return status;
  }

  /** Opens a watch; resolves when it is established. `path` says `watch=true` itself. */
  async watch(path: string, options: RawRequest = {}): Promise<RawWatch> {
    const answer = await this.#send('GET', path, options);
    if (answer.statusCode !== 200) throw new Error(`No watch: ${answer.statusCode}`);
    return new RawWatch(answer);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, { body, headers, signal }: RawRequest): Promise<IncomingMessage> {
    const isAsItGoes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = isAsItGoes ? body : JSON.stringify(body);
    return send(
      this.#url,
      {
        method,
        path,
        agent: this.#agent,
        headers: {
          ...(bytes === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }),
          ...(this.#token ? { authorization: `Bearer ${this.#token}` } : {}),
          ...headers,
        },
        ...(signal ? { signal } : {}),
      },
      bytes,
    );
  }
}
