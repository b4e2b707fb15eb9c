import { Worker } from 'node:worker_threads';
import { AppError } from '#common/base/app-error.ts';
import type { Log } from '#common/base/log.ts';
import type { ClusterEntry, FromMaster, MasterThreadData, ToMaster } from './thread-protocol.ts';
import type { KeyAndCertificate } from '../pki/authority.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly emit?: (json: Uint8Array) => void;
}

/** A message to the thread that is answered once. */
type Question =
  | { readonly type: 'listen'; readonly host: string; readonly port: number; readonly advertise: boolean }
  | { readonly type: 'call' | 'open'; readonly name: ClusterEntry; readonly args: unknown };

/** A cluster's master on its own thread, seen from the main thread: no window ever waits for it. */
export class MasterHost implements AsyncDisposable {
  /** PEM. */
  readonly certificateAuthority: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #stopping = false;
  #admin: KeyAndCertificate;
  #adminRenewed: () => void = () => undefined;

  private constructor(worker: Worker, ready: FromMaster & { type: 'ready' }, onCrash: (error: AppError) => void) {
    this.#worker = worker;
    this.certificateAuthority = ready.certificateAuthority;
    this.#admin = ready.admin;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    worker.once('exit', () => {
      resolve();
      const gone = new AppError('master-failed', { params: { message: 'its thread has ended' } });
      for (const { reject } of this.#pending.values()) reject(gone);
      this.#pending.clear();
      if (!this.#stopping) onCrash(gone);
    });
  }

  /** An administrator's certificate, for kubeconfigs and for what the app itself does; renewed at times. */
  get admin(): KeyAndCertificate {
    return this.#admin;
  }

  /** Tells when there is another `admin`. */
  onAdminRenewed(listener: () => void): void {
    this.#adminRenewed = listener;
  }

  /** Starts the thread; resolves when the API answers. `onCrash` hears when it ends unasked. */
  static async start(
    file: string,
    data: MasterThreadData,
    log: Log,
    onCrash: (error: AppError) => void,
  ): Promise<MasterHost> {
    const worker = new Worker(file, { workerData: data });
    let host: MasterHost | undefined;
    return new Promise((resolve, reject) => {
      let cause: unknown;
      worker.on('error', (error: unknown) => {
        cause = error;
      });
      worker.once('exit', () =>
        reject(new AppError('master-failed', { params: { message: 'its thread did not start' }, cause })),
      );
      worker.on('message', (message: FromMaster) => {
        switch (message.type) {
          case 'ready':
            host = new MasterHost(worker, message, onCrash);
            resolve(host);
            return;
          case 'failed':
            reject(AppError.fromShape(message.error));
            return;
          case 'log':
            log.info(message.line);
            return;
          default:
            host?.receive(message);
        }
      });
    });
  }

  /** Serves the API on one more address of this computer, or goes on doing so; `advertise` sends pods there. */
  async listen(host: string, port: number, advertise: boolean): Promise<void> {
    await this.#ask({ type: 'listen', host, port, advertise }, undefined);
  }

  /** This computer slept, or its clock was set. */
  awoke(): void {
    this.#post({ type: 'awoke' });
  }

  call(name: ClusterEntry, args: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#ask({ type: 'call', name, args }, signal);
  }

  /** Follows a stream; `emit` is given each event as JSON. Resolves when the stream ends. */
  async open(name: ClusterEntry, args: unknown, emit: (json: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    await this.#ask({ type: 'open', name, args }, signal, emit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#post({ type: 'stop' });
    await this.#ended;
  }

  /** A message from the thread that belongs to a question. */
  receive(message: Exclude<FromMaster, { type: 'ready' | 'failed' | 'log' }>): void {
    if (message.type === 'admin') {
      this.#admin = message.admin;
      this.#adminRenewed();
      return;
    }
    const pending = this.#pending.get(message.id);
    if (message.type === 'event') {
      pending?.emit?.(message.json);
      return;
    }
    this.#pending.delete(message.id);
    if (message.type === 'error') pending?.reject(AppError.fromShape(message.error));
    else pending?.resolve(message.type === 'result' ? message.value : undefined);
  }

  #ask(message: Question, signal: AbortSignal | undefined, emit?: (json: Uint8Array) => void): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const close = (): void => this.#post({ type: 'close', id });
      const settled = (): void => signal?.removeEventListener('abort', close);
      this.#pending.set(id, {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        ...(emit ? { emit } : {}),
      });
      this.#post({ ...message, id });
      signal?.addEventListener('abort', close, { once: true });
      if (signal?.aborted === true) close();
    });
  }

  #post(message: ToMaster): void {
    this.#worker.postMessage(message);
  }
}
