import { once } from 'node:events';
import { connect } from 'node:net';
import { AppError } from '#common/base/app-error.ts';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { ContractClient } from '#common/contract/client.ts';
import type { Contract } from '#common/contract/contract.ts';
import type { ArgsOf, CallName, EventOf, ResultOf, StreamName } from '#common/contract/define.ts';
import { socketPath } from './socket-path.ts';
import { SocketTransport } from './socket-transport.ts';

/** The app that owns a home, as a command speaks with it. */
export class Instance implements Disposable {
  readonly #client: ContractClient;
  readonly #transport: SocketTransport;

  private constructor(client: ContractClient, transport: SocketTransport) {
    this.#client = client;
    this.#transport = transport;
  }

  /** Undefined when none listens. */
  static async find(home: string): Promise<Instance | undefined> {
    const socket = connect(socketPath(home));
    try {
      await once(socket, 'connect');
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) {
        return undefined;
      }
      throw new AppError('home-not-writable', { params: { path: home }, cause: error });
    }
    const transport = new SocketTransport(socket);
    const client = new ContractClient(transport, realClock, secureRandom);
    client.start();
    return new Instance(client, transport);
  }

  call<N extends CallName<Contract>>(name: N, args: ArgsOf<Contract[N]>): Promise<ResultOf<Contract[N]>> {
    return this.#client.call(name, args);
  }

  /** Hears every event until it is disposed of. Rejects when the stream fails, or the app is gone. */
  follow<N extends StreamName<Contract>>(
    name: N,
    args: ArgsOf<Contract[N]>,
    event: (event: EventOf<Contract[N]>) => void,
  ): { readonly failed: Promise<never> } & Disposable {
    const { promise: failed, reject } = Promise.withResolvers<never>();
    // Whoever does not wait for it is not told.
    failed.catch(() => undefined);
    const stream = this.#client.open(name, args, { event, failed: reject });
    const watching = this.#client.watchConnection((connected) => {
      if (!connected) reject(new AppError('connection-lost'));
    });
    return {
      failed,
      [Symbol.dispose]() {
        watching[Symbol.dispose]();
        stream[Symbol.dispose]();
      },
    };
  }

  /** The first event of a stream that is accepted. */
  async first<N extends StreamName<Contract>>(
    name: N,
    args: ArgsOf<Contract[N]>,
    accept: (event: EventOf<Contract[N]>) => boolean = () => true,
  ): Promise<EventOf<Contract[N]>> {
    const { promise, resolve } = Promise.withResolvers<EventOf<Contract[N]>>();
    using stream = this.follow(name, args, (event) => {
      if (accept(event)) resolve(event);
    });
    return await Promise.race([promise, stream.failed]);
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}
