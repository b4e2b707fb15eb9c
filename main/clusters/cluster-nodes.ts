import { AppError } from '#common/base/app-error.ts';
import type { ClusterNode, Reach } from '#common/contract/cluster.ts';
import type { HostSecrets } from '#common/contract/host.ts';
import { NodeConnection } from '../install/node-connection.ts';
import { fingerprint } from '../install/ssh-fingerprint.ts';
import type { SshKeyPair } from '../install/ssh-key.ts';
import type { Machine, MachineName, MachineProvider, ReportProgress } from '../machines/provider.ts';
import type { MachineActions } from './plans.ts';
import type { ClusterRecord, NodeRecord } from './record.ts';

interface NodeHandle {
  readonly name: string;
  readonly machine: MachineName;
  readonly connection: NodeConnection;
  /** What the window shows; `starting` and `stopping` only while we do it. */
  shown: ClusterNode;
  /** How it reaches the master, while that is known. */
  reach: Reach | undefined;
}

/** The machines of a cluster, what is shown of them, and the connections to them. */
export class ClusterNodes implements MachineActions, AsyncDisposable {
  readonly #record: () => ClusterRecord;
  readonly #provider: MachineProvider;
  readonly #identity: SshKeyPair;
  readonly #changed: () => void;
  readonly #handles: Map<string, NodeHandle>;

  /** `record` gives the cluster's record as it is at that moment; `changed` hears when what is shown changes. */
  constructor(record: () => ClusterRecord, provider: MachineProvider, identity: SshKeyPair, changed: () => void) {
    this.#record = record;
    this.#provider = provider;
    this.#identity = identity;
    this.#changed = changed;
    this.#handles = new Map(record().nodes.map(({ name }) => [name, this.#handle(name)]));
  }

  get names(): string[] {
    return [...this.#handles.keys()];
  }

  /** Those that stand, and that the user has not stopped. */
  get meantToRun(): string[] {
    return this.#where(({ stopped, unfinished }) => !stopped && unfinished === undefined);
  }

  /** Those whose adding or removing was not brought to its end. */
  unfinished(change: 'add' | 'remove'): string[] {
    return this.#where(({ unfinished }) => unfinished === change);
  }

  get shown(): ClusterNode[] {
    return [...this.#handles.values()].map(({ shown }) => shown);
  }

  record(name: string): NodeRecord {
    const found = this.#record().nodes.find((node) => node.name === name);
    if (!found) throw new AppError('node-missing', { params: { node: name } });
    return found;
  }

  /** Takes up a node that the record has got. */
  add(name: string): void {
    this.#handles.set(name, this.#handle(name));
    this.#changed();
  }

  /** Lets go of a node that the record no longer has. */
  async remove(name: string): Promise<void> {
    const handle = this.#get(name);
    this.#handles.delete(name);
    this.#changed();
    await handle.connection[Symbol.asyncDispose]();
  }

  connection(name: string): NodeConnection {
    return this.#get(name).connection;
  }

  /** Has every connection made anew when it is next needed. */
  reconnect(): void {
    for (const { connection } of this.#handles.values()) connection.reset();
  }

  /** What the user tells to get into a machine of theirs; the provider keeps it in memory. */
  unlock(name: string, secrets: HostSecrets): void {
    this.#provider.unlock?.(this.#get(name).machine, secrets);
  }

  info(name: string): Promise<Machine> {
    return this.#provider.info(this.#record().id, this.#get(name).machine);
  }

  /** Looks at all machines, and shows what is true of them. */
  async refreshAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.refresh(name)));
  }

  async refresh(name: string): Promise<Machine> {
    const machine = await this.info(name);
    this.#show(name, machine);
    return machine;
  }

  /** Shows what is being done, until `refresh`. */
  showMeanwhile(name: string, machine: 'starting' | 'stopping'): void {
    this.#get(name).shown = { name, machine };
    this.#changed();
  }

  showReach(name: string, reach: Reach | undefined): void {
    const handle = this.#get(name);
    handle.reach = reach;
    const { reach: _, ...rest } = handle.shown;
    handle.shown = { ...rest, ...(reach && rest.machine === 'running' ? { reach } : {}) };
    this.#changed();
  }

  showError(name: string, error: AppError): void {
    const handle = this.#get(name);
    handle.shown = { ...handle.shown, error: error.toShape() };
    this.#changed();
  }

  async isRunning(name: string): Promise<boolean> {
    return (await this.refresh(name)).state === 'running';
  }

  async createAndStart(name: string, report: ReportProgress, signal: AbortSignal): Promise<void> {
    this.showMeanwhile(name, 'starting');
    const { cpus, memoryBytes, diskBytes, host } = this.record(name);
    const spec = {
      name: this.#get(name).machine,
      hostname: name,
      cpus,
      memoryBytes,
      diskBytes,
      sshPublicKey: this.#identity.publicKey,
      ...(host ? { host } : {}),
    };
    await this.#provider.create(this.#record().id, spec, report, signal);
    await this.start(name, report, signal);
  }

  async start(name: string, report: ReportProgress, signal: AbortSignal): Promise<void> {
    this.showMeanwhile(name, 'starting');
    report({ line: `Starting ${name}` });
    this.#show(name, await this.#provider.start(this.#record().id, this.#get(name).machine, signal, report));
  }

  async stop(name: string, signal: AbortSignal): Promise<void> {
    this.showMeanwhile(name, 'stopping');
    this.#show(name, await this.#provider.stop(this.#record().id, this.#get(name).machine, signal));
  }

  async isGone(name: string): Promise<boolean> {
    return (await this.refresh(name)).state === 'absent';
  }

  async delete(name: string, report: ReportProgress, signal: AbortSignal): Promise<void> {
    this.showMeanwhile(name, 'stopping');
    report({ line: `Deleting ${name}` });
    await this.#provider.delete(this.#record().id, this.#get(name).machine, signal);
    await this.refresh(name);
  }

  /** Deletes the machine; one of the user's that cannot be reached is left as it is. */
  async deleteOrAbandon(name: string, report: ReportProgress, signal: AbortSignal): Promise<void> {
    try {
      await this.delete(name, report, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!this.#provider.abandon) throw error;
      await this.#provider.abandon(this.#record().id, this.#get(name).machine);
      await this.refresh(name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#handles.values()].map(({ connection }) => connection[Symbol.asyncDispose]()));
  }

  #handle(name: string): NodeHandle {
    return {
      name,
      machine: `${this.#record().id}-${name}` as MachineName,
      connection: new NodeConnection(() => this.info(name), this.#identity.privateKey),
      shown: { name, machine: 'absent' },
      reach: undefined,
    };
  }

  #where(is: (node: NodeRecord) => boolean): string[] {
    return this.names.filter((name) => is(this.record(name)));
  }

  #get(name: string): NodeHandle {
    const handle = this.#handles.get(name);
    if (!handle) throw new AppError('node-missing', { params: { node: name } });
    return handle;
  }

  #show(name: string, machine: Machine): void {
    const [hostKey] = machine.ssh?.hostKeys ?? [];
    const handle = this.#get(name);
    handle.shown = {
      name,
      machine: machine.state,
      ...(machine.ssh ? { address: machine.ssh.host } : {}),
      ...(handle.reach && machine.state === 'running' ? { reach: handle.reach } : {}),
      ...(hostKey !== undefined && this.#provider.capabilities.takesHosts ? { hostKey: fingerprint(hostKey) } : {}),
    };
    this.#changed();
  }
}
