import { BlockList, connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { relay } from '#common/base/relay.ts';
import type { ServersFile } from './servers-file.ts';

export interface PodRelayOptions {
  readonly servers: ServersFile;
  /** The node's own address. */
  readonly address: string;
  readonly podRange: string;
}

export interface RelayEndpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Leads this node's pods to the API server while that is reached through the tunnel. The tunnel ends on the machine's
 * loopback, where no packet of a pod may be sent (route_localnet would open all of the loopback to the network), and
 * pods have no other address of the node in common than its own: so this listens there, for pods and this machine.
 */
export class PodRelay implements AsyncDisposable {
  readonly #options: PodRelayOptions;
  readonly #pods = new BlockList();
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<() => void>();
  #server: Server | undefined;
  #endpoint: RelayEndpoint | undefined;

  constructor(options: PodRelayOptions) {
    this.#options = options;
    const [network = '', prefix = ''] = options.podRange.split('/');
    this.#pods.addSubnet(network, Number(prefix), 'ipv4');
  }

  /** Where connections to the API server are to be sent; nothing where it is reached without a tunnel. */
  get endpoint(): RelayEndpoint | undefined {
    return this.#endpoint;
  }

  /** Tells whenever there is another endpoint. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Listens while there is a tunnel, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    using _changes = this.#options.servers.subscribe(() => this.#adjust(reject));
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#adjust(reject);
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.resolve();
  }

  #adjust(onError: (error: Error) => void): void {
    const { servers, address } = this.#options;
    if (servers.tunnel === undefined) {
      this.#close();
      return;
    }
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server = server;
    server.once('error', onError);
    // Any free port: who may know it is told by the proxy's rules.
    server.listen({ host: address, port: 0 }, () => {
      if (this.#server === server) this.#lead({ address, port: (server.address() as AddressInfo).port });
    });
  }

  /** Connections that are there may go on to their own end. */
  #close(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#lead(undefined);
  }

  #lead(endpoint: RelayEndpoint | undefined): void {
    if (endpoint?.port === this.#endpoint?.port) return;
    this.#endpoint = endpoint;
    for (const listener of this.#listeners) listener();
  }

  #accept(socket: Socket): void {
    const port = this.#options.servers.tunnel;
    if (port === undefined || !this.#isOurs(socket.remoteAddress)) {
      socket.destroy();
      return;
    }
    const tunnel = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    socket.setNoDelay(true);
    for (const one of [socket, tunnel]) {
      this.#sockets.add(one);
      one.once('close', () => this.#sockets.delete(one));
    }
    relay(socket, tunnel);
  }

  #isOurs(address: string | undefined): boolean {
    if (address === undefined) return false;
    const own = Object.values(networkInterfaces()).flatMap((link) => link ?? []);
    return this.#pods.check(address, 'ipv4') || own.some((one) => one.address === address);
  }
}
