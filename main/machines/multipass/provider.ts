import type { Machine, MachineName, MachineProvider, MachineState } from '../provider.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { Sequencer } from '../sequencer.ts';
import { changeError, questionError } from './app-errors.ts';
import { deleteInstance, startInstance, stopInstance } from './change-instance.ts';
import { MultipassCommands, type InstanceInfo, type InstanceState } from './commands.ts';
import { addressBeside, addressOnBridge, reachableAddress } from './host-address.ts';
import type { MultipassHost } from './host.ts';
import { launchInstance } from './launch-instance.ts';
import { preflight } from './preflight.ts';
import { requireDaemon, requireDriver, requireVersion } from './probe.ts';
import { Recent } from '../recent.ts';
import { InstanceRecords, type InstanceRecord } from './records.ts';

/** The daemon looks into the guest for each answer, and several steps ask at once. */
const ANSWER_LIFETIME_MS = 2_000;

/**
 * Machines made by Multipass (https://multipass.run), through its command line. They outlive this process; what is
 * true of them is asked of Multipass each time. Instances of the user that are not ours are never touched.
 */
export function multipassProvider(host: MultipassHost): MachineProvider {
  const commands = new MultipassCommands(host);
  const records = new InstanceRecords(host.stateDirectory);
  const tools = { commands, records, host };
  const recent = new Recent<InstanceInfo | undefined>(host.clock, ANSWER_LIFETIME_MS);
  const sequencer = new Sequencer();

  /** The daemon copes badly with changes that come together: one at a time, on all instances of this host. */
  const change = async (name: MachineName, work: () => Promise<void>): Promise<void> => {
    try {
      await sequencer.run('host', work);
    } catch (error) {
      throw changeError(error, name);
    } finally {
      recent.forget(name);
    }
  };

  const inspect = async (cluster: string, name: MachineName): Promise<Machine> => {
    const record = await records.read(cluster, name);
    if (!record) return { name, state: 'absent', cpus: 0, memoryBytes: 0 };
    try {
      return machineOf(name, record, await recent.get(name, () => commands.info(name)));
    } catch (error) {
      throw questionError(error);
    }
  };

  return {
    id: 'multipass',
    capabilities: { takesHosts: false, setsClocks: true },

    preflight: (signal) => preflight(commands, signal),

    async prepare(cluster, report, signal) {
      report({ line: 'Asking Multipass' });
      await requireDaemon(commands, await requireVersion(commands, signal), signal);
      await requireDriver(commands, signal);
      const hostAddress = (await addressBesideMachines(cluster)) ?? addressOnBridge();
      return { ...(hostAddress === undefined ? {} : { hostAddress }), sharedLink: true };
    },

    async create(cluster, spec, report, signal) {
      await withHeartbeat(host.clock, report, async (tell) => {
        tell({ line: `Waiting for Multipass to be free for ${spec.name}` });
        await change(spec.name, () => launchInstance(tools, cluster, spec, tell, signal));
      });
      return inspect(cluster, spec.name);
    },

    async start(cluster, name, signal) {
      await change(name, () => startInstance(tools, cluster, name, signal));
      return inspect(cluster, name);
    },

    async stop(cluster, name, signal) {
      await change(name, () => stopInstance(tools, cluster, name, signal));
      return inspect(cluster, name);
    },

    delete: (cluster, name, signal) => change(name, () => deleteInstance(tools, cluster, name, signal)),

    info: inspect,

    list: async (cluster) => Promise.all((await records.names(cluster)).map((name) => inspect(cluster, name))),

    async release(cluster, signal) {
      for (const name of await records.names(cluster)) {
        await change(name, () => deleteInstance(tools, cluster, name, signal));
      }
      await records.removeCluster(cluster);
    },
  };

  async function addressBesideMachines(cluster: string): Promise<string | undefined> {
    for (const name of await records.names(cluster)) {
      const { ssh } = await inspect(cluster, name);
      const found = ssh && addressBeside(ssh.host);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function machineOf(name: MachineName, record: InstanceRecord, found: InstanceInfo | undefined): Machine {
  const share = { cpus: record.cpus, memoryBytes: record.memoryBytes };
  // In the middle of its making it may be there or not: only the next attempt can tell.
  if (record.phase === 'launching') return { name, state: 'broken', ...share };
  if (!found) return { name, state: 'absent', ...share };
  const state = stateOf(found.state);
  const address = reachableAddress(found.addresses);
  if (state !== 'running' || address === undefined) return { name, state, ...share };
  return {
    name,
    state,
    ssh: { host: address, port: 22, user: 'root', hostKeys: [record.hostKey.publicKey] },
    cpus: found.cpus > 0 ? found.cpus : record.cpus,
    // A guest has less than it was given: its kernel takes a part.
    memoryBytes: found.memoryBytes > 0 ? Math.min(found.memoryBytes, record.memoryBytes) : record.memoryBytes,
  };
}

function stateOf(state: InstanceState): MachineState {
  switch (state) {
    case 'Running':
    case 'Delayed Shutdown':
      return 'running';
    case 'Stopped':
    case 'Starting':
    case 'Restarting':
    case 'Suspending':
    case 'Suspended':
      return 'stopped';
    case 'Deleted':
    case 'Unknown':
      return 'broken';
    default:
      return state satisfies never;
  }
}
