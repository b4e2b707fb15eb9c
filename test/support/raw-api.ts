import https from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Credentials } from '#common/client/https/session.ts';
import type { Status } from '#common/kube/status-error.ts';
import type { TestMaster } from './master.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON: whatever the test knows it to be. */
  json<T = Record<string, unknown>>(): T;
}

export interface RawRequest {
  /** A text or bytes go as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WireEvent {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: {
      readonly name?: string;
      readonly resourceVersion: string;
      readonly annotations?: Record<string, string>;
    };
    readonly [field: string]: unknown;
  };
}

/** The API as any HTTP client sees it: requests of HTTP/1.1, answers as they come. */
export class RawApi implements AsyncDisposable {
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #agent = new https.Agent({ keepAlive: true });

  private constructor(url: string, credentials: Credentials) {
    this.#url = url;
    this.#credentials = credentials;
  }

  /** As an administrator, unless other credentials are given. */
  static async open(master: TestMaster, credentials = master.credentials()): Promise<RawApi> {
    return new RawApi(await master.url(), credentials);
  }

  async request(method: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
    const answer = await this.#send(method, path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.toString('utf8');
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body,
      text,
      json: <T>() => JSON.parse(text) as T,
    };
  }

  /** What an error says: its code, reason and message. */
  async failure(method: string, path: string, options: RawRequest = {}): Promise<Status> {
    const answer = await this.request(method, path, options);
    const status = answer.json<Status>();
    if (status.status !== 'Failure' || status.code !== answer.status) throw new Error(`No failure: ${answer.text}`);
    return status;
  }

  /** The events of a watch, one after the other; leave the loop, or abort, to end it. */
  async *watch(path: string, signal: AbortSignal, options: RawRequest = {}): AsyncGenerator<WireEvent> {
    const answer = await this.#send('GET', path, options, signal);
    if (answer.statusCode !== 200) throw new Error(`No watch: ${answer.statusCode}`);
    let rest = '';
    for await (const chunk of answer) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield JSON.parse(line) as WireEvent;
    }
  }

  #send(method: string, path: string, options: RawRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const { body, headers = {} } = options;
    const { ca, cert, key, token } = this.#credentials;
    const asItIs = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const text = asItIs ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = https.request(
        this.#url,
        {
          method,
          path,
          agent: this.#agent,
          ca,
          ...(cert && key ? { cert, key } : {}),
          headers: {
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...headers,
          },
          ...(signal ? { signal } : {}),
        },
        resolve,
      );
      request.once('error', reject);
      request.end(text);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await Promise.resolve();
  }
}
