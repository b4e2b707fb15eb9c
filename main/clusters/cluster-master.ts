import { AppError } from '#common/base/app-error.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import type { NodeContext } from '../install/node-context.ts';
import type { MachineName, MachineNetwork, MachineProvider, ReportProgress } from '../machines/provider.ts';
import { createBootstrapToken } from '../master/bootstrap/bootstrap-token.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import type { ClusterContext } from './context.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { Reachability } from './reachability.ts';
import type { ClusterRecord } from './record.ts';

const TOKEN_LIFETIME_MS = 3_600_000;
/** The cluster DNS's place in the range of Services, as kubeadm has it. */
const DNS_INDEX = 10;
/** A name of the master's certificate, whatever address it is reached at. */
const SERVER_NAME = 'kubernetes';

export interface ClusterMasterOptions {
  readonly record: () => ClusterRecord;
  readonly nodes: ClusterNodes;
  readonly provider: MachineProvider;
  readonly context: ClusterContext;
  /** Hears when there is another control plane, or none. */
  readonly changed: () => void;
  /** Hears when the control plane ended unasked. */
  readonly crashed: (error: AppError) => void;
}

/** A cluster's master on this computer, the network that machines share with it, and each node's way to it. */
export class ClusterMaster implements AsyncDisposable {
  readonly #options: ClusterMasterOptions;
  #controlPlane: ControlPlane | undefined;
  #reachability: Reachability | undefined;
  #network: MachineNetwork | undefined;
  #listensForNodes = false;
  #listening: Promise<void> | undefined;

  constructor(options: ClusterMasterOptions) {
    this.#options = options;
  }

  /** Undefined while there is no master that answers. */
  get controlPlane(): ControlPlane | undefined {
    return this.#controlPlane;
  }

  /** What all machines share, and the master that they join. A reboot of this computer forgets the network. */
  readonly prepare = async (report: ReportProgress, signal: AbortSignal): Promise<void> => {
    const { provider, record } = this.#options;
    this.#network = await provider.prepare(record().id, report, signal);
    report({ line: 'Starting the control plane' });
    await this.start();
    await this.#listen();
  };

  /** Starts the master where it does not run. */
  async start(): Promise<void> {
    const { record, nodes, context, changed, crashed } = this.#options;
    const { clock, random, log } = context;
    this.#controlPlane ??= await startControlPlane(record(), context, (error) => {
      void this.letGoOfNodes();
      this.#controlPlane = undefined;
      this.#listensForNodes = false;
      crashed(error);
    });
    this.#reachability ??= new Reachability({
      plane: this.#controlPlane,
      apiPort: record().apiPort,
      serverName: SERVER_NAME,
      hostAddress: () => this.#network?.hostAddress,
      ssh: (node, signal) => nodes.connection(node).get(signal),
      changed: (node, reach) => nodes.showReach(node, reach),
      clock,
      random,
      log: log.with({ cluster: record().name }),
    });
    changed();
  }

  /** No node has a way to a master that is about to end. */
  async letGoOfNodes(): Promise<void> {
    const { nodes } = this.#options;
    const reachability = this.#reachability;
    this.#reachability = undefined;
    for (const name of nodes.names) nodes.showReach(name, undefined);
    await reachability?.[Symbol.asyncDispose]();
  }

  /** Lets go of the way of one node, whose machine is about to end. */
  async letGoOf(node: string): Promise<void> {
    this.#options.nodes.showReach(node, undefined);
    await this.#reachability?.forget(node);
  }

  /** All that the installer needs to know of a node's machine. Throws while there is no master. */
  readonly contextOf = async (name: string): Promise<NodeContext> => {
    const { nodes, provider, context } = this.#options;
    const { clock, random, assets } = context;
    const { id, name: clusterName, podRange, serviceRange } = this.#options.record();
    const machine = await nodes.info(name);
    if (!this.#listensForNodes && machine.ssh) {
      this.#listening ??= this.#listenLate(machine.name).finally(() => (this.#listening = undefined));
      await this.#listening;
    }
    const { host, client } = this.#running;
    const reachability = this.#reachability;
    // The cluster is being stopped meanwhile.
    if (!reachability) throw new AppError('cancelled');
    return {
      cluster: {
        id,
        name: clusterName,
        podRange,
        serviceRange,
        clusterDns: addressAt(parseRange(serviceRange), DNS_INDEX),
        clusterDomain: 'cluster.local',
        serverName: SERVER_NAME,
        certificateAuthority: host.certificateAuthority,
      },
      node: name,
      machine,
      setsClock: provider.capabilities.setsClocks,
      assets,
      clock,
      client,
      ssh: (signal) => nodes.connection(name).get(signal),
      reach: (signal) => reachability.establish(name, signal),
      bootstrapToken: () => createBootstrapToken(client, `for node ${name}`, TOKEN_LIFETIME_MS, clock, random),
    };
  };

  /** Stops the master, where it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.letGoOfNodes();
    const plane = this.#controlPlane;
    this.#controlPlane = undefined;
    this.#listensForNodes = false;
    await plane?.[Symbol.asyncDispose]();
  }

  get #running(): ControlPlane {
    if (this.#controlPlane) return this.#controlPlane;
    throw new AppError('master-failed', { params: { message: 'it does not run' } });
  }

  async #listen(): Promise<void> {
    const address = this.#network?.hostAddress;
    if (this.#listensForNodes || address === undefined) return;
    await this.#running.host.listen(address, this.#options.record().apiPort, true);
    this.#listensForNodes = true;
  }

  /** The network of some machines is there only once one of them runs. */
  async #listenLate(machine: MachineName): Promise<void> {
    const { provider, record } = this.#options;
    this.#network = await provider.prepare(record().id, () => undefined, new AbortController().signal);
    await this.#listen();
    if (this.#network.hostAddress === undefined) throw new AppError('host-address-unknown', { params: { machine } });
  }
}
