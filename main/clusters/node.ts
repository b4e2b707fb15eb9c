import type { ClusterNode } from '#common/contract/cluster.ts';
import { NodeConnection } from '../install/node-connection.ts';
import type { Machine, MachineName, MachineProvider, MachineSpec } from '../machines/provider.ts';
import type { ClusterRecord, NodeRecord } from './record.ts';

/** One node of a cluster on this side: its machine, and the connection to it. */
export class ClusterNodeHandle implements AsyncDisposable {
  record: NodeRecord;
  readonly machineName: MachineName;
  readonly connection: NodeConnection;
  readonly #cluster: string;
  readonly #provider: MachineProvider;
  /** What the window shows; `starting` and `stopping` only while we do it. */
  state: ClusterNode;

  constructor(cluster: ClusterRecord, record: NodeRecord, provider: MachineProvider, sshKey: string) {
    this.record = record;
    this.machineName = `${cluster.id}-${record.name}` as MachineName;
    this.#cluster = cluster.id;
    this.#provider = provider;
    this.connection = new NodeConnection(() => this.info(), sshKey);
    this.state = { name: record.name, machine: 'absent' };
  }

  info(): Promise<Machine> {
    return this.#provider.info(this.#cluster, this.machineName);
  }

  spec(sshPublicKey: string): MachineSpec {
    const { name, cpus, memoryBytes, diskBytes } = this.record;
    return { name: this.machineName, hostname: name, cpus, memoryBytes, diskBytes, sshPublicKey };
  }

  /** Looks at the machine and shows what is true of it. */
  async refresh(): Promise<Machine> {
    const machine = await this.info();
    this.show(machine);
    return machine;
  }

  show(machine: Machine): void {
    this.state = {
      name: this.record.name,
      machine: machine.state,
      ...(machine.ssh ? { address: machine.ssh.host } : {}),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connection[Symbol.asyncDispose]();
  }
}
