import grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { abortReason, isAborted } from '#common/base/abort.ts';
import { BugError } from '#common/base/assert.ts';
import { RuntimeError, type RuntimeErrorKind } from './runtime.ts';

export interface CallOptions {
  /** No answer after this long is an error; without it the call waits as long as the peer works. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A gRPC peer behind a unix socket, e.g. `unix:///run/containerd/containerd.sock`. */
export class GrpcChannel implements Disposable {
  readonly client: grpc.Client;

  constructor(endpoint: string) {
    this.client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
      // containerd refuses the percent-encoded socket path that would be sent otherwise.
      'grpc.default_authority': 'localhost',
      'grpc.max_receive_message_length': 16 * 2 ** 20,
      // A restarted containerd is to be found again soon.
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.initial_reconnect_backoff_ms': 100,
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** One service of a proto file, its messages as plain objects. */
export class GrpcService {
  readonly #client: grpc.Client;
  readonly #service: protobuf.Service;
  readonly #root: protobuf.Root;
  readonly #path: string;

  /** `path` is what the peer calls the service, where the proto file's own package differs. */
  constructor(channel: GrpcChannel, proto: string, service: string, path: string) {
    this.#client = channel.client;
    this.#root = protobuf.parse(proto).root;
    this.#service = this.#root.lookupService(service);
    this.#path = path;
  }

  /** Reads a message that travelled inside another one. */
  decode(type: string, bytes: Uint8Array): unknown {
    return toPlain(this.#root.lookupType(type), bytes);
  }

  async unary(method: string, request: object, options: CallOptions = {}): Promise<unknown> {
    if (options.signal?.aborted) throw abortReason(options.signal);
    const { path, requestType, responseType } = this.#method(method);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        (value: object) => toBytes(requestType, value),
        (bytes) => toPlain(responseType, bytes),
        request,
        new grpc.Metadata(),
        options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs },
        (error, response) => {
          options.signal?.removeEventListener('abort', cancel);
          if (error) reject(options.signal?.aborted ? abortReason(options.signal) : runtimeError(method, error));
          else resolve(response);
        },
      );
      const cancel = (): void => call.cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  async *stream(method: string, request: object, signal: AbortSignal): AsyncIterable<unknown> {
    if (isAborted(signal)) return;
    const { path, requestType, responseType } = this.#method(method);
    const call = this.#client.makeServerStreamRequest(
      path,
      (value: object) => toBytes(requestType, value),
      (bytes) => toPlain(responseType, bytes),
      request,
      new grpc.Metadata(),
      {},
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const message of call) yield message;
    } catch (error) {
      if (isAborted(signal)) return;
      throw runtimeError(method, error);
    } finally {
      signal.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  #method(name: string): { path: string; requestType: protobuf.Type; responseType: protobuf.Type } {
    const method = this.#service.methods[name];
    if (!method) throw new BugError(`No method ${name} in ${this.#service.fullName}`);
    method.resolve();
    if (!method.resolvedRequestType || !method.resolvedResponseType) throw new BugError(`Unresolved method ${name}`);
    return {
      path: `/${this.#path}/${name}`,
      requestType: method.resolvedRequestType,
      responseType: method.resolvedResponseType,
    };
  }
}

function toBytes(type: protobuf.Type, value: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

function toPlain(type: protobuf.Type, bytes: Uint8Array): unknown {
  return type.toObject(type.decode(bytes), { longs: Number, enums: String, defaults: true });
}

const KINDS: ReadonlyMap<grpc.status, RuntimeErrorKind> = new Map([
  [grpc.status.NOT_FOUND, 'not-found'],
  [grpc.status.UNAVAILABLE, 'unavailable'],
  [grpc.status.DEADLINE_EXCEEDED, 'deadline-exceeded'],
]);

function runtimeError(method: string, error: unknown): RuntimeError {
  const { code, details } = error as Partial<grpc.ServiceError>;
  const kind = (code === undefined ? undefined : KINDS.get(code)) ?? 'other';
  // Upstream's wording, as clients print it in events: the Go client's text of a status.
  const name = code === undefined ? '' : titleCase(grpc.status[code]);
  const text = details ?? (error instanceof Error ? error.message : String(error));
  return new RuntimeError(kind, name === '' ? `${method}: ${text}` : `rpc error: code = ${name} desc = ${text}`);
}

/** `NOT_FOUND` as Go writes it: `NotFound`. */
function titleCase(name: string | undefined): string {
  return (name ?? '')
    .toLowerCase()
    .replace(/(^|_)([a-z])/g, (_match: string, _separator: string, letter: string) => letter.toUpperCase());
}
