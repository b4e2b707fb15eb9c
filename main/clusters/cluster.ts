import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import type {
  AddNode,
  ClusterPhase,
  ClusterSummary,
  OperationKind,
  OperationProgress,
} from '#common/contract/cluster.ts';
import type { HostSecrets } from '#common/contract/host.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import type { NodeContext } from '../install/node-context.ts';
import type { SshKeyPair } from '../install/ssh-key.ts';
import type { MachineName, MachineNetwork, MachineProvider, ReportProgress } from '../machines/provider.ts';
import { createBootstrapToken } from '../master/bootstrap/bootstrap-token.ts';
import { Activity } from './activity.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { providerOf, type ClusterContext } from './context.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { drain, reportStopped, setSchedulable, unregister } from './drain.ts';
import { Journal } from './journal.ts';
import { Operation, type PlannedStep } from './operation.ts';
import { loadImage, type LoadedImage } from './load-image.ts';
import { nextNode } from './next-node.ts';
import { comeBack, createPlan, deletePlan, removePlan, startPlan, stopPlan } from './plans.ts';
import { Reachability } from './reachability.ts';
import { newerError, saveRecord, type ClusterRecord, type NodeRecord } from './record.ts';
import { openSshIdentity } from './ssh-identity.ts';

const TOKEN_LIFETIME_MS = 3_600_000;
/** The cluster DNS's place in the range of Services, as kubeadm has it. */
const DNS_INDEX = 10;
/** A name of the master's certificate, whatever address it is reached at. */
const SERVER_NAME = 'kubernetes';

interface LongOperation {
  readonly kind: OperationKind;
  readonly phase: ClusterPhase;
  readonly steps: readonly PlannedStep[];
  readonly nodes: readonly string[];
  /** Before the first step. */
  readonly first?: () => Promise<void>;
  readonly finish?: () => Promise<void>;
  /** Begun once this one is done. */
  readonly next?: () => void;
}

/** One cluster: its record on disk, its master, its machines, and what is being done to it. */
export class Cluster implements AsyncDisposable {
  readonly #context: ClusterContext;
  readonly #provider: MachineProvider;
  readonly #journal: Journal;
  readonly #nodes: ClusterNodes;
  readonly #activity = new Activity();
  readonly #changed: () => void;
  #record: ClusterRecord;
  /** Why nothing at all is done to it. */
  readonly #refusal: AppError | undefined;
  #phase: ClusterPhase = 'stopped';
  #error: AppError | undefined;
  #progress: OperationProgress | null = null;
  #underWay: OperationKind | undefined;
  #controlPlane: ControlPlane | undefined;
  #reachability: Reachability | undefined;
  #network: MachineNetwork | undefined;
  #listensForNodes = false;
  #listening: Promise<void> | undefined;
  #gone = false;

  private constructor(
    record: ClusterRecord,
    provider: MachineProvider,
    identity: SshKeyPair,
    context: ClusterContext,
    changed: () => void,
  ) {
    this.#record = record;
    this.#provider = provider;
    this.#context = context;
    this.#changed = changed;
    this.#journal = new Journal(context.home.cluster(record.id));
    this.#nodes = new ClusterNodes(() => this.#record, provider, identity, changed);
    this.#refusal = newerError(record, context.assets.version);
    if (this.#refusal) [this.#phase, this.#error] = ['failed', this.#refusal];
  }

  /** `changed` hears whenever the summary or the progress is another. */
  static async load(record: ClusterRecord, context: ClusterContext, changed: () => void): Promise<Cluster> {
    const provider = providerOf(context, record.provider);
    const identity = await openSshIdentity(path.join(context.home.cluster(record.id), 'ssh'));
    return new Cluster(record, provider, identity, context, changed);
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  get summary(): ClusterSummary {
    const { id, name, provider } = this.#record;
    return {
      id,
      name,
      provider,
      phase: this.#phase,
      nodes: this.#nodes.shown,
      ...(this.#controlPlane ? { server: this.#controlPlane.server } : {}),
      ...(this.#error ? { error: this.#error.toShape() } : {}),
    };
  }

  get nodes(): ClusterNodes {
    return this.#nodes;
  }

  /** The last long operation, while the app runs. */
  get progress(): OperationProgress | null {
    return this.#progress;
  }

  /** Throws while the cluster has no master that answers. */
  get controlPlane(): ControlPlane {
    if (this.#controlPlane) return this.#controlPlane;
    throw this.#error ?? new AppError('master-failed', { params: { message: 'it is not started yet' } });
  }

  /** True once nothing of it is left. */
  get isGone(): boolean {
    return this.#gone;
  }

  /**
   * Takes up whatever the record says: an unfinished create or delete, or a cluster that stands. Nothing is to be done
   * where that is under way.
   */
  async open(): Promise<void> {
    this.#requireKnown();
    if (this.#underWay === 'create' || this.#underWay === 'start') return;
    if (this.#record.stopped) await this.#save({ ...this.#record, stopped: false });
    switch (this.#record.unfinished) {
      case 'create':
        await this.create();
        return;
      case 'delete':
        await this.delete();
        return;
      case undefined:
        await this.start();
        return;
      default:
        this.#record.unfinished satisfies never;
    }
  }

  /** Shows a cluster that the user has stopped as it is. */
  async rest(): Promise<void> {
    if (this.#refusal) return;
    await this.#nodes.refreshAll();
    this.#show('stopped');
  }

  /** Makes the cluster, or goes on making it. Resolves as soon as that is under way. */
  async create(): Promise<void> {
    this.#begin({
      kind: 'create',
      phase: 'creating',
      steps: createPlan(this.#prepare, this.#nodes, this.#nodeContext),
      nodes: this.#nodes.names,
      finish: async () => {
        await this.#save({ ...this.#record, unfinished: undefined });
        this.#show('running');
      },
    });
  }

  /** Starts the master, then the machines that are meant to run. Resolves as soon as that is under way. */
  async start(): Promise<void> {
    this.#begin({
      kind: 'start',
      phase: 'starting',
      steps: startPlan(this.#prepare, this.#nodes, this.#nodeContext),
      nodes: this.#nodes.meantToRun,
      first: async () => {
        await this.#save({ ...this.#record, version: this.#context.assets.version });
        await this.#nodes.refreshAll();
        await this.#startMaster();
        this.#show('running');
      },
      next: () => this.#goOnWithNodes(),
    });
  }

  /**
   * To be called when this computer slept, or its clock was set. Nobody is taken for lost who slept as well; then what
   * a start does is done again: connections, clocks and certificates may all have become old.
   */
  awoke(): void {
    this.#controlPlane?.host.awoke();
    if (!this.#controlPlane || this.#phase !== 'running' || this.#activity.isBusy) return;
    this.#nodes.reconnect();
    this.#begin({
      kind: 'start',
      phase: 'running',
      steps: startPlan(this.#prepare, this.#nodes, this.#nodeContext),
      nodes: this.#nodes.meantToRun,
    });
  }

  /** Stops machines and master until the user starts them again. Resolves as soon as that is under way. */
  async stop(): Promise<void> {
    this.#requireKnown();
    this.#begin({
      kind: 'stop',
      phase: 'stopping',
      steps: stopPlan(
        this.#nodes,
        async (node) => {
          if (this.#controlPlane) await reportStopped(this.#controlPlane.client, node, this.#context.clock);
        },
        () => this.#stopMaster(),
      ),
      nodes: this.#nodes.names,
      first: async () => {
        await this.#save({ ...this.#record, stopped: true });
        await this.#letGoOfNodes();
      },
      finish: async () => {
        this.#show('stopped');
      },
    });
  }

  cancel(): void {
    void this.#activity.interrupt();
  }

  /** What the user tells, node by node, to get into machines of theirs. It is kept in memory only. */
  unlock(secrets: Readonly<Record<string, HostSecrets>>): void {
    for (const [node, told] of Object.entries(secrets)) this.#nodes.unlock(node, told);
  }

  /**
   * Ends whatever is under way, then removes machines, network and files. Machines of the user's are given back as
   * they were; `abandon` leaves those that cannot be reached.
   */
  async delete(abandon = false): Promise<void> {
    this.#requireKnown();
    await this.#activity.interrupt();
    await this.#letGoOfNodes();
    await this.#save({ ...this.#record, unfinished: 'delete' });
    const nodes = this.#nodes;
    const machines = {
      isGone: (node: string) => nodes.isGone(node),
      delete: (node: string, report: ReportProgress, signal: AbortSignal) =>
        abandon ? nodes.deleteOrAbandon(node, report, signal) : nodes.delete(node, report, signal),
    };
    this.#begin({
      kind: 'delete',
      phase: 'deleting',
      steps: deletePlan(machines, async (_report, signal) => {
        await this.#stopMaster();
        await this.#provider.release(this.#record.id, signal);
      }),
      nodes: this.#nodes.names,
      finish: async () => {
        await rm(this.#context.home.cluster(this.#record.id), { recursive: true, force: true });
        this.#gone = true;
        this.#show('stopped');
      },
    });
  }

  /** Begins to add a node to a cluster that runs; gives back its name as soon as that is under way. */
  async addNode(wanted: Omit<AddNode, 'cluster'>): Promise<string> {
    this.#needRunning();
    const node = nextNode(this.#record, wanted);
    await this.#save({ ...this.#record, nodes: [...this.#record.nodes, node] });
    this.#nodes.add(node.name);
    if (wanted.host) this.unlock({ [node.name]: wanted.host.secrets });
    this.#goOnWithNodes();
    return node.name;
  }

  /** Drains the node, then removes its machine and itself. Resolves as soon as that is under way. */
  async removeNode(name: string): Promise<void> {
    this.#needRunning();
    this.#nodes.record(name);
    if (this.#record.nodes.length === 1) throw new AppError('node-last', { params: { node: name } });
    await this.#changeRecord(name, { unfinished: 'remove' });
    this.#goOnWithNodes();
  }

  /** Imports an archive of images on all nodes that run. */
  loadImage(file: string, signal: AbortSignal): Promise<LoadedImage> {
    this.#needRunning();
    return loadImage(file, this.#nodes, signal);
  }

  startNode(name: string): Promise<void> {
    return this.#changeNode(name, 'starting', async (signal) => {
      await this.#nodes.start(name, () => undefined, signal);
      await this.#changeRecord(name, { stopped: false });
      await comeBack(name, this.#nodeContext, signal);
      await setSchedulable(this.controlPlane.client, name, true);
    });
  }

  /** Drains the node first: what runs on it moves to the others. */
  stopNode(name: string): Promise<void> {
    return this.#changeNode(name, 'stopping', async (signal) => {
      const { client } = this.controlPlane;
      const { clock } = this.#context;
      await drain(client, name, clock, signal);
      await this.#changeRecord(name, { stopped: true });
      await this.#forgetWay(name);
      await this.#nodes.stop(name, signal);
      await reportStopped(client, name, clock);
    });
  }

  /** Lets go of everything on this side. Machines and what runs on them go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#activity.interrupt();
    await this.#letGoOfNodes();
    await this.#nodes[Symbol.asyncDispose]();
    await this.#stopMaster();
  }

  /** What all machines share, and the master that they join. A reboot of this computer forgets the network. */
  readonly #prepare = async (report: ReportProgress, signal: AbortSignal): Promise<void> => {
    this.#network = await this.#provider.prepare(this.#record.id, report, signal);
    report({ line: 'Starting the control plane' });
    await this.#startMaster();
    await this.#listen();
  };

  /** Adds and removes the nodes for which that was asked but not brought to its end. */
  #goOnWithNodes(): void {
    const [removing, adding] = [this.#nodes.unfinished('remove'), this.#nodes.unfinished('add')];
    if (removing.length > 0) this.#removeNodes(removing);
    else if (adding.length > 0) this.#addNodes(adding);
  }

  #addNodes(nodes: readonly string[]): void {
    this.#begin({
      kind: 'add-node',
      phase: 'running',
      steps: createPlan(this.#prepare, this.#nodes, this.#nodeContext),
      nodes,
      finish: async () => {
        for (const name of nodes) await this.#changeRecord(name, { unfinished: undefined });
      },
    });
  }

  #removeNodes(nodes: readonly string[]): void {
    const { client } = this.controlPlane;
    this.#begin({
      kind: 'remove-node',
      phase: 'running',
      steps: removePlan(
        this.#nodes,
        async (node, signal) => {
          await drain(client, node, this.#context.clock, signal);
          await this.#forgetWay(node);
        },
        (node) => unregister(client, node),
      ),
      nodes,
      finish: async () => {
        await this.#save({ ...this.#record, nodes: this.#record.nodes.filter(({ name }) => !nodes.includes(name)) });
        for (const name of nodes) {
          await this.#reachability?.forget(name);
          await this.#nodes.remove(name);
        }
      },
      next: () => this.#goOnWithNodes(),
    });
  }

  async #listen(): Promise<void> {
    const address = this.#network?.hostAddress;
    if (this.#listensForNodes || address === undefined) return;
    await this.controlPlane.host.listen(address, this.#record.apiPort, true);
    this.#listensForNodes = true;
  }

  /** The network of some machines is there only once one of them runs. */
  async #listenLate(machine: MachineName): Promise<void> {
    this.#network = await this.#provider.prepare(this.#record.id, () => undefined, new AbortController().signal);
    await this.#listen();
    if (this.#network.hostAddress === undefined) throw new AppError('host-address-unknown', { params: { machine } });
  }

  async #startMaster(): Promise<void> {
    this.#controlPlane ??= await startControlPlane(this.#record, this.#context, (error) => {
      void this.#letGoOfNodes();
      this.#controlPlane = undefined;
      this.#listensForNodes = false;
      this.#fail(error);
    });
    const { clock, random, log } = this.#context;
    this.#reachability ??= new Reachability({
      plane: this.#controlPlane,
      apiPort: this.#record.apiPort,
      serverName: SERVER_NAME,
      hostAddress: () => this.#network?.hostAddress,
      ssh: (node, signal) => this.#nodes.connection(node).get(signal),
      changed: (node, reach) => this.#nodes.showReach(node, reach),
      clock,
      random,
      log: log.with({ cluster: this.#record.name }),
    });
    this.#changed();
  }

  async #stopMaster(): Promise<void> {
    await this.#letGoOfNodes();
    const plane = this.#controlPlane;
    this.#controlPlane = undefined;
    this.#listensForNodes = false;
    await plane?.[Symbol.asyncDispose]();
  }

  /** No node has a way to a master that does not run. */
  async #letGoOfNodes(): Promise<void> {
    const reachability = this.#reachability;
    this.#reachability = undefined;
    for (const name of this.#nodes.names) this.#nodes.showReach(name, undefined);
    await reachability?.[Symbol.asyncDispose]();
  }

  async #forgetWay(name: string): Promise<void> {
    this.#nodes.showReach(name, undefined);
    await this.#reachability?.forget(name);
  }

  readonly #nodeContext = async (name: string): Promise<NodeContext> => {
    const { clock, random, assets } = this.#context;
    const { host, client } = this.controlPlane;
    const { id, name: clusterName, podRange, serviceRange } = this.#record;
    const machine = await this.#nodes.info(name);
    if (!this.#listensForNodes && machine.ssh) {
      this.#listening ??= this.#listenLate(machine.name).finally(() => (this.#listening = undefined));
      await this.#listening;
    }
    const reachability = this.#reachability;
    if (!reachability) throw this.#error ?? new AppError('cancelled');
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
      setsClock: this.#provider.capabilities.setsClocks,
      assets,
      clock,
      client,
      ssh: (signal) => this.#nodes.connection(name).get(signal),
      reach: (signal) => reachability.establish(name, signal),
      bootstrapToken: () => createBootstrapToken(client, `for node ${name}`, TOKEN_LIFETIME_MS, clock, random),
    };
  };

  /** Runs a long operation in the background; its outcome is shown, not thrown. Throws when one is under way. */
  #begin({ kind, phase, steps, nodes, first, finish, next }: LongOperation): void {
    if (this.#activity.isBusy) throw this.#busy();
    this.#underWay = kind;
    const running = this.#activity.run(
      () => this.#busy(),
      async (signal) => {
        this.#show(phase);
        const earlier = await this.#journal.lastOperation(kind);
        await first?.();
        const onProgress = (progress: OperationProgress): void => {
          this.#progress = progress;
          this.#changed();
        };
        const { clock } = this.#context;
        await new Operation({ kind, steps, nodes, journal: this.#journal, clock, onProgress }, earlier).run(signal);
        await finish?.();
      },
    );
    void running
      .finally(() => (this.#underWay = undefined))
      .then(() => next?.())
      .catch((error: unknown) => {
        this.#context.log.warn(`${kind} did not finish`, { cluster: this.#record.name, error: describeError(error) });
        // A cluster that stands still stands when one of its nodes did not come or go.
        const stands = this.#controlPlane && kind !== 'create' && kind !== 'delete';
        this.#fail(error, stands ? 'running' : 'failed');
      });
  }

  /** Changes one node's machine, showing it meanwhile; a failure is thrown, and stays visible at the node. */
  async #changeNode(
    name: string,
    meanwhile: 'starting' | 'stopping',
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.#nodes.record(name);
    await this.#activity.run(
      () => this.#busy(),
      async (signal) => {
        this.#nodes.showMeanwhile(name, meanwhile);
        try {
          await work(signal);
        } catch (error) {
          // What failed first is what is told.
          await this.#nodes.refresh(name).catch(() => undefined);
          const known = AppError.from(error);
          this.#nodes.showError(name, known);
          throw known;
        }
      },
    );
  }

  /** Throws `cluster-newer`. */
  #requireKnown(): void {
    if (this.#refusal) throw this.#refusal;
  }

  #needRunning(): void {
    if (this.#activity.isBusy) throw this.#busy();
    if (this.#phase !== 'running')
      throw new AppError('cluster-not-running', { params: { cluster: this.#record.name } });
  }

  #busy(): AppError {
    return new AppError('cluster-busy', { params: { cluster: this.#record.name } });
  }

  #show(phase: ClusterPhase): void {
    this.#phase = phase;
    this.#error = undefined;
    this.#changed();
  }

  #fail(error: unknown, phase: ClusterPhase = 'failed'): void {
    this.#phase = phase;
    this.#error = AppError.from(error);
    this.#changed();
  }

  async #save(record: ClusterRecord): Promise<void> {
    this.#record = record;
    await saveRecord(this.#context.home, record);
  }

  async #changeRecord(name: string, change: Partial<NodeRecord>): Promise<void> {
    const nodes = this.#record.nodes.map((node) => (node.name === name ? { ...node, ...change } : node));
    await this.#save({ ...this.#record, nodes });
  }
}
