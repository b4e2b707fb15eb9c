import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { lines } from '#common/client/https/lines.ts';
import type { Access } from './master-process.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON, in whatever shape it came. */
  readonly body: RawObject;
}

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
  };
  readonly items?: readonly RawObject[];
}

export interface RawEvent {
  readonly type: string;
  readonly object: RawObject;
}

type Headers = Readonly<Record<string, string>>;

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** The API without a client library in between: any path, any header, any body. */
export class RawApi implements Disposable {
  readonly #agent: https.Agent;
  readonly #url: string;

  /** Without a certificate it is for those who show a token. */
  constructor({ url, ca, cert, key }: Pick<Access, 'url' | 'ca'> & Partial<Access>) {
    this.#url = url;
    this.#agent = new https.Agent({ keepAlive: true, ca, ...(cert && key ? { cert, key } : {}) });
  }

  get(path: string, headers: Headers = {}): Promise<RawAnswer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: object): Promise<RawAnswer> {
    return this.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  put(path: string, body: object): Promise<RawAnswer> {
    return this.send('PUT', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  patch(path: string, type: keyof typeof PATCH_TYPES, body: object): Promise<RawAnswer> {
    return this.send('PATCH', path, JSON.stringify(body), { 'content-type': PATCH_TYPES[type] });
  }

  delete(path: string, body?: object): Promise<RawAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.send('DELETE', path, text, text === undefined ? {} : { 'content-type': 'application/json' });
  }

  async send(method: string, path: string, body: string | undefined, headers: Headers): Promise<RawAnswer> {
    const answer = await this.#request(method, path, body, headers);
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      text,
      get body() {
        return JSON.parse(text) as RawObject;
      },
    };
  }

  /** Opens a watch; resolves when it is established. `path` says `watch=true` itself. */
  async watch(path: string): Promise<RawWatch> {
    const answer = await this.#request('GET', path, undefined, {});
    return new RawWatch(answer);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #request(method: string, path: string, body: string | undefined, headers: Headers): Promise<IncomingMessage> {
    const request = https.request(this.#url + path, {
      agent: this.#agent,
      method,
      // Node.js itself says of the body of a DELETE neither how long it is nor that it comes in chunks.
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return answer;
  }
}

/** A watch, read event by event. */
export class RawWatch implements Disposable {
  readonly status: number;
  readonly #answer: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(answer: IncomingMessage) {
    this.status = answer.statusCode ?? 0;
    this.#answer = answer;
    this.#lines = lines(answer as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** The next event, as soon as there is one. Rejects when the watch ends before. */
  async next(): Promise<RawEvent> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('The watch has ended');
    return JSON.parse(line.value) as RawEvent;
  }

  async take(count: number): Promise<RawEvent[]> {
    const events: RawEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  [Symbol.dispose](): void {
    this.#answer.destroy();
  }
}
