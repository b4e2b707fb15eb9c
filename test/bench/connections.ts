import http2 from 'node:http2';
import { performance } from 'node:perf_hooks';
import type { Access } from '../support/access.ts';

export interface Answer {
  readonly status: number;
  readonly chunks: readonly Buffer[];
  /** Of the body. */
  readonly bytes: number;
  /** From the request to the last byte of the answer, in milliseconds. */
  readonly latency: number;
}

const JSON_TYPE = 'application/json';
/** Larger than any answer: the reader is never what is waited for. */
const WINDOW = 32 * 1024 * 1024;

/** Several HTTP/2 connections to one server, used in turn. */
export class Connections implements AsyncDisposable {
  readonly #sessions: readonly http2.ClientHttp2Session[];
  #next = 0;

  private constructor(sessions: readonly http2.ClientHttp2Session[]) {
    this.#sessions = sessions;
  }

  static async open({ url, ca, cert, key }: Access, count: number): Promise<Connections> {
    const sessions = Array.from({ length: count }, () =>
      http2.connect(url, { ca, cert, key, settings: { initialWindowSize: WINDOW } }),
    );
    await Promise.all(
      sessions.map(
        (session) =>
          new Promise<void>((resolve, reject) => {
            session.once('error', reject);
            session.once('connect', () => {
              session.setLocalWindowSize(WINDOW);
              resolve();
            });
          }),
      ),
    );
    return new Connections(sessions);
  }

  get(path: string): Promise<Answer> {
    return this.#request('GET', path);
  }

  post(path: string, body: string): Promise<Answer> {
    return this.#request('POST', path, body);
  }

  patch(path: string, body: string, type: string): Promise<Answer> {
    return this.#request('PATCH', path, body, type);
  }

  delete(path: string): Promise<Answer> {
    return this.#request('DELETE', path);
  }

  /** Opens a watch; `arrived` hears of each chunk. Resolves when it is established. */
  watch(path: string, arrived: (chunk: Buffer) => void): Promise<Disposable> {
    const stream = this.#session().request({ ':method': 'GET', ':path': path, accept: JSON_TYPE });
    return new Promise((resolve, reject) => {
      stream.once('error', reject);
      stream.once('response', (headers) => {
        if (headers[':status'] !== 200) reject(new Error(`GET ${path} was answered ${headers[':status'] ?? 0}`));
        stream.on('data', arrived);
        resolve({ [Symbol.dispose]: () => stream.destroy() });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#sessions.map(async (session) => {
        if (session.destroyed) return;
        const closed = new Promise<void>((resolve) => session.once('close', resolve));
        session.destroy();
        await closed;
      }),
    );
  }

  #session(): http2.ClientHttp2Session {
    return this.#sessions[this.#next++ % this.#sessions.length]!;
  }

  /** Rejects when the answer is no success: a bench of refusals measures nothing. */
  #request(method: string, path: string, body?: string, type = JSON_TYPE): Promise<Answer> {
    const start = performance.now();
    const stream = this.#session().request(
      { ':method': method, ':path': path, accept: JSON_TYPE, ...(body === undefined ? {} : { 'content-type': type }) },
      { endStream: body === undefined },
    );
    return new Promise((resolve, reject) => {
      let status = 0;
      let bytes = 0;
      const chunks: Buffer[] = [];
      stream.once('error', reject);
      stream.once('response', (headers) => void (status = headers[':status'] ?? 0));
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
      });
      stream.once('end', () => {
        if (status >= 200 && status < 300) resolve({ status, chunks, bytes, latency: performance.now() - start });
        else reject(new Error(`${method} ${path} was answered ${status}: ${Buffer.concat(chunks).toString('utf8')}`));
      });
      if (body !== undefined) stream.end(body);
    });
  }
}
