import { networkInterfaces } from 'node:os';
import type { Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { Informer } from '#common/client/informer.ts';
import type { Reach } from '#common/contract/cluster.ts';
import { leases } from '#common/kube/resources.ts';
import { NodeReach } from '../install/reach/node-reach.ts';
import { nodeSide } from '../install/reach/node-side.ts';
import type { SshConnection } from '../install/ssh-connection.ts';
import type { ControlPlane } from './control-plane.ts';

const LEASES = 'kube-node-lease';
/** Agents renew every 10 s; a node is given up after 50 s without. */
const SILENCE_MS = 20_000;

export interface ReachabilityOptions {
  readonly plane: ControlPlane;
  readonly apiPort: number;
  readonly serverName: string;
  /** The address of this computer on the machines' network, as it was when that was last looked at. */
  readonly hostAddress: () => string | undefined;
  readonly ssh: (node: string, signal: AbortSignal) => Promise<SshConnection>;
  readonly changed: (node: string, reach: Reach) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How the nodes of a cluster reach its master, for as long as that runs. */
export class Reachability implements AsyncDisposable {
  readonly #options: ReachabilityOptions;
  readonly #scope: Scope;
  readonly #nodes = new Map<string, NodeReach>();
  readonly #alarms = new Map<string, Disposable>();

  constructor(options: ReachabilityOptions) {
    const { plane, log } = options;
    this.#options = options;
    this.#scope = new Scope((error, task) => log.error(`${task} ended`, { error: describeError(error) }));
    const signsOfLife = new Informer(plane.client, leases, { namespace: LEASES }, options);
    this.#scope.hold(
      signsOfLife.subscribe(({ current }) => {
        if (current) this.#heard(current.metadata.name);
      }),
    );
    this.#scope.run('following the leases of nodes', (signal) => signsOfLife.run(signal));
  }

  /** Finds the node's way to the master, and keeps it from now on. */
  establish(node: string, signal: AbortSignal): Promise<Reach> {
    return this.#node(node).establish(signal);
  }

  /** The same, in the background and until it succeeds. */
  keep(node: string): void {
    this.#node(node).keep();
  }

  /** Lets go of a node that is not to be reached any more. */
  async forget(node: string): Promise<void> {
    const held = this.#nodes.get(node);
    this.#nodes.delete(node);
    this.#silence(node);
    await held?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    await Promise.all([...this.#nodes.keys()].map((node) => this.forget(node)));
  }

  #node(name: string): NodeReach {
    const known = this.#nodes.get(name);
    if (known) return known;
    const { plane, apiPort, serverName, ssh, changed, clock, random, log } = this.#options;
    const side = nodeSide({
      ssh: (signal) => ssh(name, signal),
      servers: (localAddress) => this.#servers(localAddress),
      master: { host: '127.0.0.1', port: apiPort },
      serverName,
      certificateAuthority: plane.host.certificateAuthority,
      clock,
    });
    const node = new NodeReach({
      side,
      changed: (reach) => changed(name, reach),
      clock,
      random,
      log: log.with({ node: name }),
    });
    this.#nodes.set(name, node);
    return node;
  }

  /**
   * The address on the machines' network comes first, unless this computer has another by now: then what the SSH
   * connection comes from has taken its place. The first one is where pods are sent.
   */
  async #servers(localAddress: string | undefined): Promise<readonly string[]> {
    const { plane, apiPort, hostAddress, log } = this.#options;
    const known = hostAddress();
    const own = Object.values(networkInterfaces()).flatMap((link) => link ?? []);
    const isStillThere = own.some(({ address }) => address === known);
    const wanted = new Set([isStillThere ? known : undefined, localAddress].filter((address) => address !== undefined));
    const served: string[] = [];
    for (const address of wanted) {
      try {
        await plane.host.listen(address, apiPort, served.length === 0);
        served.push(address);
      } catch (error) {
        // Nodes that cannot reach another one take the tunnel.
        log.warn('the API is not served on an address of this computer', { address, error: describeError(error) });
      }
    }
    return served.map((address) => `https://${address}:${apiPort}`);
  }

  #heard(name: string): void {
    const node = this.#nodes.get(name);
    if (!node || this.#scope.signal.aborted) return;
    node.heard();
    this.#silence(name);
    this.#alarms.set(
      name,
      this.#options.clock.after(SILENCE_MS, () => node.suspect()),
    );
  }

  #silence(name: string): void {
    this.#alarms.get(name)?.[Symbol.dispose]();
    this.#alarms.delete(name);
  }
}
