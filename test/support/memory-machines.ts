import { AppError } from '#common/base/app-error.ts';
import type {
  Machine,
  MachineName,
  MachineNetwork,
  MachineProvider,
  MachineSpec,
  MachineState,
} from '../../main/machines/provider.ts';

/**
 * Machines that are remembered and not made: for what is to be known of clusters without waiting for any.
 * Nobody answers on their addresses.
 */
export class MemoryMachines implements MachineProvider {
  readonly id = 'namespace';
  readonly capabilities = { takesHosts: false, setsClocks: false };
  /** By name, over all clusters. */
  readonly machines = new Map<MachineName, { spec: MachineSpec; state: MachineState }>();
  /** Every call that changes something, as `create abc-n-1`. */
  readonly calls: string[] = [];
  /** Run before a call does anything: throws, or takes its time. Set by a test, by the call's first word. */
  readonly before = new Map<string, (signal: AbortSignal, what: string) => Promise<void>>();
  // Another address of this computer than the one that masters always listen on.
  readonly #network: MachineNetwork = { hostAddress: '127.0.0.2', sharedLink: true };

  preflight(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  async prepare(cluster: string, _report: unknown, signal: AbortSignal): Promise<MachineNetwork> {
    await this.#called('prepare', cluster, signal);
    return this.#network;
  }

  async create(_cluster: string, spec: MachineSpec, _report: unknown, signal: AbortSignal): Promise<Machine> {
    await this.#called('create', spec.name, signal);
    this.machines.set(spec.name, { spec, state: 'stopped' });
    return this.#machine(spec.name);
  }

  async start(_cluster: string, name: MachineName, signal: AbortSignal): Promise<Machine> {
    await this.#called('start', name, signal);
    this.#get(name).state = 'running';
    return this.#machine(name);
  }

  async stop(_cluster: string, name: MachineName, signal: AbortSignal): Promise<Machine> {
    await this.#called('stop', name, signal);
    this.#get(name).state = 'stopped';
    return this.#machine(name);
  }

  async delete(_cluster: string, name: MachineName, signal: AbortSignal): Promise<void> {
    await this.#called('delete', name, signal);
    this.machines.delete(name);
  }

  async abandon(_cluster: string, name: MachineName): Promise<void> {
    this.calls.push(`abandon ${name}`);
    this.machines.delete(name);
    await Promise.resolve();
  }

  info(_cluster: string, name: MachineName): Promise<Machine> {
    return Promise.resolve(this.#machine(name));
  }

  list(): Promise<readonly Machine[]> {
    return Promise.resolve([...this.machines.keys()].map((name) => this.#machine(name)));
  }

  async release(cluster: string, signal: AbortSignal): Promise<void> {
    await this.#called('release', cluster, signal);
  }

  async #called(call: string, what: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.before.get(call)?.(signal, what);
    this.calls.push(`${call} ${what}`);
  }

  #get(name: MachineName): { spec: MachineSpec; state: MachineState } {
    const found = this.machines.get(name);
    if (!found) throw new AppError('machine-missing', { params: { machine: name } });
    return found;
  }

  #machine(name: MachineName): Machine {
    const found = this.machines.get(name);
    if (!found) return { name, state: 'absent', cpus: 1, memoryBytes: 2 ** 30 };
    // A port on which nothing listens: connections are refused at once.
    const ssh = { host: '127.0.0.1', port: 1, user: 'root' };
    return {
      name,
      state: found.state,
      cpus: found.spec.cpus,
      memoryBytes: found.spec.memoryBytes,
      ...(found.state === 'running' ? { ssh } : {}),
    };
  }
}
