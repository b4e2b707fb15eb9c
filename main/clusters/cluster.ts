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
import type { SshKeyPair } from '../install/ssh-key.ts';
import type { MachineProvider, ReportProgress } from '../machines/provider.ts';
import { ClusterMaster } from './cluster-master.ts';
import { ClusterNodes } from './cluster-nodes.ts';
import { providerOf, type ClusterContext } from './context.ts';
import type { ControlPlane } from './control-plane.ts';
import { drain, reportStopped, setSchedulable, unregister } from './drain.ts';
import { Journal } from './journal.ts';
import { loadImage, type LoadedImage } from './load-image.ts';
import { LongOperations } from './long-operations.ts';
import { nextNode } from './next-node.ts';
import { comeBack, createPlan, deletePlan, removePlan, startPlan, stopPlan } from './plans.ts';
import { newerError, saveRecord, type ClusterRecord, type NodeRecord } from './record.ts';
import { openSshIdentity } from './ssh-identity.ts';

/** One cluster: its record on disk, its master, its machines, and what is being done to it. */
export class Cluster implements AsyncDisposable {
  readonly #context: ClusterContext;
  readonly #provider: MachineProvider;
  readonly #nodes: ClusterNodes;
  readonly #master: ClusterMaster;
  readonly #operations: LongOperations;
  readonly #changed: () => void;
  #record: ClusterRecord;
  /** Why nothing at all is done to it. */
  readonly #refusal: AppError | undefined;
  #phase: ClusterPhase = 'stopped';
  #error: AppError | undefined;
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
    this.#nodes = new ClusterNodes(() => this.#record, provider, identity, changed);
    this.#master = new ClusterMaster({
      record: () => this.#record,
      nodes: this.#nodes,
      provider,
      context,
      changed,
      crashed: (error) => this.#fail(error),
    });
    this.#operations = new LongOperations({
      journal: new Journal(context.home.cluster(record.id)),
      clock: context.clock,
      busy: () => this.#busy(),
      began: (phase) => this.#show(phase),
      failed: (error, kind) => this.#notFinished(error, kind),
      changed,
    });
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
      ...(this.#master.controlPlane ? { server: this.#master.controlPlane.server } : {}),
      ...(this.#error ? { error: this.#error.toShape() } : {}),
    };
  }

  get nodes(): ClusterNodes {
    return this.#nodes;
  }

  /** The last long operation, while the app runs. */
  get progress(): OperationProgress | null {
    return this.#operations.progress;
  }

  /** Throws while the cluster has no master that answers. */
  get controlPlane(): ControlPlane {
    const { controlPlane } = this.#master;
    if (controlPlane) return controlPlane;
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
    const { underWay } = this.#operations;
    if (underWay === 'create' || underWay === 'start') return;
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
    this.#operations.begin({
      kind: 'create',
      phase: 'creating',
      steps: createPlan(this.#master.prepare, this.#nodes, this.#master.contextOf),
      nodes: this.#nodes.names,
      finish: async () => {
        await this.#save({ ...this.#record, unfinished: undefined });
        this.#show('running');
      },
    });
  }

  /** Starts the master, then the machines that are meant to run. Resolves as soon as that is under way. */
  async start(): Promise<void> {
    this.#operations.begin({
      kind: 'start',
      phase: 'starting',
      steps: startPlan(this.#master.prepare, this.#nodes, this.#master.contextOf),
      nodes: this.#nodes.meantToRun,
      first: async () => {
        await this.#save({ ...this.#record, version: this.#context.assets.version });
        await this.#nodes.refreshAll();
        await this.#master.start();
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
    const { controlPlane } = this.#master;
    controlPlane?.host.awoke();
    if (!controlPlane || this.#phase !== 'running' || this.#operations.isBusy) return;
    this.#nodes.reconnect();
    this.#operations.begin({
      kind: 'start',
      phase: 'running',
      steps: startPlan(this.#master.prepare, this.#nodes, this.#master.contextOf),
      nodes: this.#nodes.meantToRun,
    });
  }

  /** Stops machines and master until the user starts them again. Resolves as soon as that is under way. */
  async stop(): Promise<void> {
    this.#requireKnown();
    this.#operations.begin({
      kind: 'stop',
      phase: 'stopping',
      steps: stopPlan(
        this.#nodes,
        async (node) => {
          const { controlPlane } = this.#master;
          if (controlPlane) await reportStopped(controlPlane.client, node, this.#context.clock);
        },
        () => this.#master[Symbol.asyncDispose](),
      ),
      nodes: this.#nodes.names,
      first: async () => {
        await this.#save({ ...this.#record, stopped: true });
        await this.#master.letGoOfNodes();
      },
      finish: async () => {
        this.#show('stopped');
      },
    });
  }

  cancel(): void {
    void this.#operations.interrupt();
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
    await this.#operations.interrupt();
    await this.#master.letGoOfNodes();
    await this.#save({ ...this.#record, unfinished: 'delete' });
    const nodes = this.#nodes;
    const machines = {
      isGone: (node: string) => nodes.isGone(node),
      delete: (node: string, report: ReportProgress, signal: AbortSignal) =>
        abandon ? nodes.deleteOrAbandon(node, report, signal) : nodes.delete(node, report, signal),
    };
    this.#operations.begin({
      kind: 'delete',
      phase: 'deleting',
      steps: deletePlan(machines, async (_report, signal) => {
        await this.#master[Symbol.asyncDispose]();
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

  /** Begins to add a node to a cluster that runs; gives back its name. */
  addNode(wanted: Omit<AddNode, 'cluster'>): string {
    this.#needRunning();
    const node = nextNode(this.#record, wanted);
    this.#addNodes([node.name], async () => {
      await this.#save({ ...this.#record, nodes: [...this.#record.nodes, node] });
      this.#nodes.add(node.name);
      if (wanted.host) this.unlock({ [node.name]: wanted.host.secrets });
    });
    return node.name;
  }

  /** Begins to drain a node, and to remove it and its machine. */
  removeNode(name: string): void {
    this.#needRunning();
    this.#nodes.record(name);
    if (this.#record.nodes.length === 1) throw new AppError('node-last', { params: { node: name } });
    this.#removeNodes([name], () => this.#changeRecord(name, { unfinished: 'remove' }));
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
      await comeBack(name, this.#master.contextOf, signal);
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
      await this.#master.letGoOf(name);
      await this.#nodes.stop(name, signal);
      await reportStopped(client, name, clock);
    });
  }

  /** Lets go of everything on this side. Machines and what runs on them go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#operations.interrupt();
    await this.#master.letGoOfNodes();
    await this.#nodes[Symbol.asyncDispose]();
    await this.#master[Symbol.asyncDispose]();
  }

  /** Adds and removes the nodes for which that was asked but not brought to its end. */
  #goOnWithNodes(): void {
    const [removing, adding] = [this.#nodes.unfinished('remove'), this.#nodes.unfinished('add')];
    if (removing.length > 0) this.#removeNodes(removing);
    else if (adding.length > 0) this.#addNodes(adding);
  }

  #addNodes(nodes: readonly string[], first?: () => Promise<void>): void {
    this.#operations.begin({
      kind: 'add-node',
      phase: 'running',
      steps: createPlan(this.#master.prepare, this.#nodes, this.#master.contextOf),
      nodes,
      ...(first ? { first } : {}),
      finish: async () => {
        for (const name of nodes) await this.#changeRecord(name, { unfinished: undefined });
      },
    });
  }

  #removeNodes(nodes: readonly string[], first?: () => Promise<void>): void {
    const { client } = this.controlPlane;
    this.#operations.begin({
      kind: 'remove-node',
      phase: 'running',
      steps: removePlan(
        this.#nodes,
        async (node, signal) => {
          await drain(client, node, this.#context.clock, signal);
          await this.#master.letGoOf(node);
        },
        (node) => unregister(client, node),
      ),
      nodes,
      ...(first ? { first } : {}),
      finish: async () => {
        await this.#save({ ...this.#record, nodes: this.#record.nodes.filter(({ name }) => !nodes.includes(name)) });
        for (const name of nodes) {
          await this.#master.letGoOf(name);
          await this.#nodes.remove(name);
        }
      },
      next: () => this.#goOnWithNodes(),
    });
  }

  #notFinished(error: unknown, kind: OperationKind): void {
    this.#context.log.warn(`${kind} did not finish`, { cluster: this.#record.name, error: describeError(error) });
    // A cluster that stands still stands when one of its nodes did not come or go.
    const stands = this.#master.controlPlane && kind !== 'create' && kind !== 'delete';
    this.#fail(error, stands ? 'running' : 'failed');
  }

  /** Changes one node's machine, showing it meanwhile; a failure is thrown, and stays visible at the node. */
  async #changeNode(
    name: string,
    meanwhile: 'starting' | 'stopping',
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.#nodes.record(name);
    await this.#operations.run(async (signal) => {
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
    });
  }

  /** Throws `cluster-newer`. */
  #requireKnown(): void {
    if (this.#refusal) throw this.#refusal;
  }

  #needRunning(): void {
    if (this.#operations.isBusy) throw this.#busy();
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
