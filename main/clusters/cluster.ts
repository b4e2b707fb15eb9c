import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import type { ClusterPhase, ClusterSummary, OperationProgress } from '#common/contract/cluster.ts';
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
import { drain, reportStopped, setSchedulable } from './drain.ts';
import { Journal } from './journal.ts';
import { Operation, type PlannedStep } from './operation.ts';
import { createPlan, deletePlan, startPlan } from './plans.ts';
import { saveRecord, type ClusterRecord } from './record.ts';
import { openSshIdentity } from './ssh-identity.ts';

const TOKEN_LIFETIME_MS = 3_600_000;
/** The cluster DNS's place in the range of Services, as kubeadm has it. */
const DNS_INDEX = 10;

interface LongOperation {
  readonly kind: OperationProgress['kind'];
  readonly phase: ClusterPhase;
  readonly steps: readonly PlannedStep[];
  readonly nodes: readonly string[];
  /** Before the first step. */
  readonly first?: () => Promise<void>;
  readonly finish?: () => Promise<void>;
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
  #phase: ClusterPhase = 'stopped';
  #error: AppError | undefined;
  #progress: OperationProgress | null = null;
  #controlPlane: ControlPlane | undefined;
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

  /** Takes up whatever the record says: an unfinished create or delete, or a cluster that stands. */
  async open(): Promise<void> {
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

  /** Makes the cluster, or goes on making it. Resolves as soon as that is under way. */
  async create(): Promise<void> {
    const prepare = (report: ReportProgress, signal: AbortSignal): Promise<void> => this.#prepare(report, signal);
    this.#begin({
      kind: 'create',
      phase: 'creating',
      steps: createPlan(prepare, this.#nodes, (node) => this.#nodeContext(node)),
      nodes: this.#nodes.names,
      finish: async () => {
        await this.#save({ ...this.#record, unfinished: undefined });
        this.#show('running');
      },
    });
  }

  /** Starts the master, then the machines that are meant to run. Resolves as soon as that is under way. */
  async start(): Promise<void> {
    const prepare = (report: ReportProgress, signal: AbortSignal): Promise<void> => this.#prepare(report, signal);
    this.#begin({
      kind: 'start',
      phase: 'starting',
      steps: startPlan(prepare, this.#nodes, (node) => this.#nodeContext(node)),
      nodes: this.#nodes.meantToRun,
      first: async () => {
        await this.#nodes.refreshAll();
        await this.#startMaster();
        this.#show('running');
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
    await this.#activity.interrupt();
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

  startNode(name: string): Promise<void> {
    return this.#changeNode(name, 'starting', async (signal) => {
      await this.#nodes.start(name, () => undefined, signal);
      await this.#markStopped(name, false);
      await setSchedulable(this.controlPlane.client, name, true);
    });
  }

  /** Drains the node first: what runs on it moves to the others. */
  stopNode(name: string): Promise<void> {
    return this.#changeNode(name, 'stopping', async (signal) => {
      const { client } = this.controlPlane;
      const { clock } = this.#context;
      await drain(client, name, clock, signal);
      await this.#markStopped(name, true);
      await this.#nodes.stop(name, signal);
      await reportStopped(client, name, clock);
    });
  }

  /** Lets go of everything on this side. Machines and what runs on them go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#activity.interrupt();
    await this.#nodes[Symbol.asyncDispose]();
    await this.#stopMaster();
  }

  /** What all machines share, and the master that they join. A reboot of this computer forgets the network. */
  async #prepare(report: ReportProgress, signal: AbortSignal): Promise<void> {
    this.#network = await this.#provider.prepare(this.#record.id, report, signal);
    report({ line: 'Starting the control plane' });
    await this.#startMaster();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const address = this.#network?.hostAddress;
    if (this.#listensForNodes || address === undefined) return;
    await this.controlPlane.host.listen(address, this.#record.apiPort);
    this.#listensForNodes = true;
  }

  /** The network of some machines is there only once one of them runs. */
  async #listenLate(machine: MachineName): Promise<void> {
    this.#network = await this.#provider.prepare(this.#record.id, () => undefined, new AbortController().signal);
    await this.#listen();
    if (this.#network.hostAddress === undefined) throw new AppError('host-address-unknown', { params: { machine } });
  }

  async #startMaster(): Promise<void> {
    if (this.#controlPlane) return;
    this.#controlPlane = await startControlPlane(this.#record, this.#context, (error) => {
      this.#controlPlane = undefined;
      this.#listensForNodes = false;
      this.#fail(error);
    });
    this.#changed();
  }

  async #stopMaster(): Promise<void> {
    const plane = this.#controlPlane;
    this.#controlPlane = undefined;
    this.#listensForNodes = false;
    await plane?.[Symbol.asyncDispose]();
  }

  async #nodeContext(name: string): Promise<NodeContext> {
    const { clock, random, assets } = this.#context;
    const { host, client } = this.controlPlane;
    const { id, name: clusterName, podRange, serviceRange, apiPort } = this.#record;
    const machine = await this.#nodes.info(name);
    if (!this.#listensForNodes && machine.ssh) {
      this.#listening ??= this.#listenLate(machine.name).finally(() => (this.#listening = undefined));
      await this.#listening;
    }
    const hostAddress = this.#network?.hostAddress;
    return {
      cluster: {
        id,
        name: clusterName,
        podRange,
        serviceRange,
        clusterDns: addressAt(parseRange(serviceRange), DNS_INDEX),
        clusterDomain: 'cluster.local',
        servers: hostAddress === undefined ? [] : [`https://${hostAddress}:${apiPort}`],
        serverName: 'kubernetes',
        certificateAuthority: host.certificateAuthority,
      },
      node: name,
      machine,
      assets,
      clock,
      client,
      ssh: (signal) => this.#nodes.connection(name).get(signal),
      bootstrapToken: () => createBootstrapToken(client, `for node ${name}`, TOKEN_LIFETIME_MS, clock, random),
    };
  }

  /** Runs a long operation in the background; its outcome is shown, not thrown. Throws when one is under way. */
  #begin({ kind, phase, steps, nodes, first, finish }: LongOperation): void {
    if (this.#activity.isBusy) throw this.#busy();
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
    void running.catch((error: unknown) => {
      this.#context.log.warn(`${kind} did not finish`, { cluster: this.#record.name, error: describeError(error) });
      // A cluster that stands still stands when one of its nodes did not come back.
      this.#fail(error, kind === 'start' && this.#controlPlane ? 'running' : 'failed');
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

  async #markStopped(name: string, stopped: boolean): Promise<void> {
    const nodes = this.#record.nodes.map((node) => (node.name === name ? { ...node, stopped } : node));
    await this.#save({ ...this.#record, nodes });
  }
}
