import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import type { ClusterNode, ClusterPhase, ClusterSummary, OperationProgress } from '#common/contract/cluster.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import type { NodeContext } from '../install/node-context.ts';
import type { SshKeyPair } from '../install/ssh-key.ts';
import type { MachineNetwork, MachineProvider, ReportProgress } from '../machines/provider.ts';
import { createBootstrapToken } from '../master/bootstrap/bootstrap-token.ts';
import type { ClusterContext } from './context.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { drain, reportStopped, setSchedulable } from './drain.ts';
import { Journal } from './journal.ts';
import { ClusterNodeHandle } from './node.ts';
import { Operation, type PlannedStep } from './operation.ts';
import { createPlan, deletePlan, startPlan, type MachineActions } from './plans.ts';
import { saveRecord, type ClusterRecord, type NodeRecord } from './record.ts';
import { openSshIdentity } from './ssh-identity.ts';

const TOKEN_LIFETIME_MS = 3_600_000;
/** The cluster DNS's place in the range of Services, as kubeadm has it. */
const DNS_INDEX = 10;

/** One cluster: its record on disk, its master, its machines, and what is being done to it. */
export class Cluster implements AsyncDisposable {
  readonly #context: ClusterContext;
  readonly #provider: MachineProvider;
  readonly #journal: Journal;
  readonly #nodes: ReadonlyMap<string, ClusterNodeHandle>;
  readonly #identity: SshKeyPair;
  readonly #changed: () => void;
  #record: ClusterRecord;
  #phase: ClusterPhase = 'stopped';
  #error: AppError | undefined;
  #controlPlane: ControlPlane | undefined;
  #network: MachineNetwork | undefined;
  #progress: OperationProgress | null = null;
  #underWay: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  private constructor(
    record: ClusterRecord,
    provider: MachineProvider,
    identity: SshKeyPair,
    context: ClusterContext,
    changed: () => void,
  ) {
    this.#record = record;
    this.#provider = provider;
    this.#identity = identity;
    this.#context = context;
    this.#changed = changed;
    this.#journal = new Journal(context.home.cluster(record.id));
    this.#nodes = new Map(
      record.nodes.map((node) => [node.name, new ClusterNodeHandle(record, node, provider, identity.privateKey)]),
    );
  }

  /** `changed` hears whenever the summary or the progress is another. */
  static async load(record: ClusterRecord, context: ClusterContext, changed: () => void): Promise<Cluster> {
    const provider = context.providers[record.provider];
    if (!provider) throw new AppError('internal', { params: { message: `no provider ${record.provider}` } });
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
      nodes: [...this.#nodes.values()].map(({ state }) => state),
      ...(this.#controlPlane ? { server: this.#controlPlane.server } : {}),
      ...(this.#error ? { error: this.#error.toShape() } : {}),
    };
  }

  get progress(): OperationProgress | null {
    return this.#progress;
  }

  /** Throws while the cluster has no master that answers. */
  get controlPlane(): ControlPlane {
    if (this.#controlPlane) return this.#controlPlane;
    throw this.#error ?? new AppError('master-failed', { params: { message: 'it is not started yet' } });
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
    const plan = createPlan(
      (report, signal) => this.#prepare(report, signal),
      this.#machines,
      (node) => this.#nodeContext(node),
    );
    await this.#begin('create', plan, [...this.#nodes.keys()], 'creating', async () => {
      await this.#save({ ...this.#record, unfinished: undefined });
      this.#phase = 'running';
    });
  }

  /** Starts the master, then the machines that are meant to run. Resolves when the API answers. */
  async start(): Promise<void> {
    this.#refuseWhenBusy();
    this.#show('starting');
    await Promise.all([...this.#nodes.values()].map((node) => node.refresh()));
    try {
      await this.#startMaster();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#show('running');
    const meant = [...this.#nodes.values()].filter(({ record }) => !record.stopped).map(({ record }) => record.name);
    const plan = [this.#reachable(), ...startPlan(this.#machines, (node) => this.#nodeContext(node))];
    await this.#begin('start', plan, meant, 'running', () => Promise.resolve());
  }

  /** Goes on with what failed. */
  async resume(): Promise<void> {
    await this.open();
  }

  cancel(): void {
    this.#underWay?.abort.abort(new AppError('cancelled'));
  }

  /** Ends whatever is under way, then removes machines, network and files. */
  async delete(): Promise<void> {
    await this.#interrupt();
    await this.#save({ ...this.#record, unfinished: 'delete' });
    const plan = deletePlan(this.#machines, async (_report, signal) => {
      await this.#stopMaster();
      await this.#provider.release(this.#record.id, signal);
    });
    await this.#begin('delete', plan, [...this.#nodes.keys()], 'deleting', async () => {
      await rm(this.#context.home.cluster(this.#record.id), { recursive: true, force: true });
      this.#phase = 'stopped';
      this.#gone = true;
    });
  }

  #gone = false;
  /** True once nothing of it is left. */
  get isGone(): boolean {
    return this.#gone;
  }

  async startNode(name: string): Promise<void> {
    const node = this.#node(name);
    await this.#withMachine(node, 'starting', async (signal) => {
      await this.#provider.start(this.#record.id, node.machineName, signal);
      await this.#saveNode({ ...node.record, stopped: false });
      await setSchedulable(this.controlPlane.client, name, true);
    });
  }

  async stopNode(name: string): Promise<void> {
    const node = this.#node(name);
    await this.#withMachine(node, 'stopping', async (signal) => {
      const { client } = this.controlPlane;
      const { clock } = this.#context;
      await drain(client, name, clock, signal);
      await this.#saveNode({ ...node.record, stopped: true });
      await this.#provider.stop(this.#record.id, node.machineName, signal);
      await reportStopped(client, name, clock);
    });
  }

  /** Lets go of everything on this side. Machines and what runs on them go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#interrupt();
    await Promise.all([...this.#nodes.values()].map((node) => node[Symbol.asyncDispose]()));
    await this.#stopMaster();
  }

  /** What all machines share, and the master that they will join. */
  async #prepare(report: ReportProgress, signal: AbortSignal): Promise<void> {
    this.#network = await this.#provider.prepare(this.#record.id, report, signal);
    report({ line: 'Starting the control plane' });
    await this.#startMaster();
    await this.#listenForNodes();
  }

  async #startMaster(): Promise<void> {
    if (this.#controlPlane) return;
    this.#controlPlane = await startControlPlane(this.#record, this.#context, (error) => {
      this.#controlPlane = undefined;
      this.#fail(error);
    });
    this.#changed();
  }

  async #stopMaster(): Promise<void> {
    const plane = this.#controlPlane;
    this.#controlPlane = undefined;
    this.#listening = false;
    await plane?.[Symbol.asyncDispose]();
  }

  #listening = false;
  async #listenForNodes(): Promise<void> {
    const address = this.#network?.hostAddress;
    if (this.#listening || address === undefined) return;
    await this.controlPlane.host.listen(address, this.#record.apiPort);
    this.#listening = true;
  }

  /** At a start the machines' network may have to be made again: a reboot of this computer forgets it. */
  #reachable(): PlannedStep {
    return {
      id: 'prepare',
      expectedMs: 300,
      scope: 'cluster',
      isDone: () => Promise.resolve(this.#listening),
      run: async (_node, report, signal) => {
        this.#network = await this.#provider.prepare(this.#record.id, report, signal);
        await this.#listenForNodes();
      },
    };
  }

  get #machines(): MachineActions {
    const { id } = this.#record;
    return {
      isRunning: async (name) => (await this.#node(name).refresh()).state === 'running',
      createAndStart: async (name, report, signal) => {
        const node = this.#node(name);
        this.#showNode(node, 'starting');
        await this.#provider.create(id, node.spec(this.#identity.publicKey), report, signal);
        node.show(await this.#provider.start(id, node.machineName, signal));
        this.#changed();
      },
      start: async (name, report, signal) => {
        const node = this.#node(name);
        this.#showNode(node, 'starting');
        report({ line: `Starting ${name}` });
        node.show(await this.#provider.start(id, node.machineName, signal));
        this.#changed();
      },
      isGone: async (name) => (await this.#node(name).refresh()).state === 'absent',
      delete: async (name, report, signal) => {
        const node = this.#node(name);
        this.#showNode(node, 'stopping');
        report({ line: `Deleting ${name}` });
        await this.#provider.delete(id, node.machineName, signal);
        await node.refresh();
        this.#changed();
      },
    };
  }

  async #nodeContext(name: string): Promise<NodeContext> {
    const node = this.#node(name);
    const { clock, random, assets } = this.#context;
    const { host, client } = this.controlPlane;
    const { id, name: clusterName, podRange, serviceRange, apiPort } = this.#record;
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
      machine: await node.info(),
      assets,
      clock,
      client,
      ssh: (signal) => node.connection.get(signal),
      bootstrapToken: () => createBootstrapToken(client, `for node ${name}`, TOKEN_LIFETIME_MS, clock, random),
    };
  }

  /** Runs a long operation in the background, one at a time; its outcome is shown, not thrown. */
  async #begin(
    kind: OperationProgress['kind'],
    steps: readonly PlannedStep[],
    nodes: readonly string[],
    phase: ClusterPhase,
    finish: () => Promise<void>,
  ): Promise<void> {
    this.#refuseWhenBusy();
    const { clock, log } = this.#context;
    const abort = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#underWay = { abort, done };
    this.#show(phase);
    const operation = new Operation(
      {
        kind,
        steps,
        nodes,
        journal: this.#journal,
        clock,
        onProgress: (progress) => {
          this.#progress = progress;
          this.#changed();
        },
      },
      await this.#journal.lastOperation(kind),
    );
    void (async () => {
      try {
        await operation.run(abort.signal);
        await finish();
      } catch (error) {
        log.warn(`${kind} did not finish`, { cluster: this.#record.name, error: describeError(error) });
        // A cluster that stands still stands when one of its nodes did not come back.
        if (kind === 'start') this.#error = AppError.from(error);
        else this.#fail(error);
      } finally {
        this.#underWay = undefined;
        resolve();
        this.#changed();
      }
    })();
  }

  async #interrupt(): Promise<void> {
    const underWay = this.#underWay;
    underWay?.abort.abort(new AppError('cancelled'));
    await underWay?.done;
  }

  /** Changes one node's machine, showing it meanwhile; a failure is thrown and stays visible at the node. */
  async #withMachine(
    node: ClusterNodeHandle,
    meanwhile: ClusterNode['machine'],
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.#refuseWhenBusy();
    const abort = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#underWay = { abort, done };
    this.#showNode(node, meanwhile);
    let failure: AppError | undefined;
    try {
      await work(abort.signal);
    } catch (error) {
      failure = AppError.from(error);
    }
    await node.refresh().catch(() => undefined);
    if (failure) node.state = { ...node.state, error: failure.toShape() };
    this.#underWay = undefined;
    resolve();
    this.#changed();
    if (failure) throw failure;
  }

  #refuseWhenBusy(): void {
    if (this.#underWay) throw new AppError('cluster-busy', { params: { cluster: this.#record.name } });
  }

  #node(name: string): ClusterNodeHandle {
    const node = this.#nodes.get(name);
    if (!node) throw new AppError('node-missing', { params: { node: name } });
    return node;
  }

  #showNode(node: ClusterNodeHandle, machine: ClusterNode['machine']): void {
    node.state = { name: node.state.name, machine };
    this.#changed();
  }

  #show(phase: ClusterPhase): void {
    this.#phase = phase;
    this.#error = undefined;
    this.#changed();
  }

  #fail(error: unknown): void {
    this.#phase = 'failed';
    this.#error = AppError.from(error);
    this.#changed();
  }

  async #save(record: ClusterRecord): Promise<void> {
    this.#record = record;
    await saveRecord(this.#context.home, record);
  }

  async #saveNode(changed: NodeRecord): Promise<void> {
    this.#node(changed.name).record = changed;
    await this.#save({
      ...this.#record,
      nodes: this.#record.nodes.map((node) => (node.name === changed.name ? changed : node)),
    });
  }
}
