import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { assert } from '#common/base/assert.ts';
import { AppError } from '#common/base/app-error.ts';
import { sleep } from '#common/base/clock.ts';
import type { HostWithSecrets } from '#common/contract/host.ts';
import { startNode, stopNode } from '../../install/node-agent.ts';
import { parseRoutes } from '../address-ranges.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { addressBeside } from '../multipass/host-address.ts';
import type { Machine, MachineName, MachineProvider, MachineSpec, ReportProgress } from '../provider.ts';
import { Recent } from '../recent.ts';
import { Sequencer } from '../sequencer.ts';
import { adopt, type Adoption } from './adopt.ts';
import { logInAsUser, resolveAddress } from './contact.ts';
import { giveBack } from './give-back.ts';
import type { SshProviderOptions } from './options.ts';
import { preflight } from './preflight.ts';
import { HostRecords, type HostRecord } from './records.ts';
import { HostSecretsStore } from './secrets.ts';
import { logInAsRoot, rootTarget } from './target.ts';

/** Several steps ask at once whether a machine answers. */
const ANSWER_LIFETIME_MS = 2_000;
const ANSWER_PATIENCE_MS = 1_500;
const RESTART_PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 250;

/**
 * Machines that the user has, physical or virtual, taken over by SSH and given back as they were. They are never
 * switched on or off: what is started and stopped is the node on them.
 */
export function sshProvider(options: SshProviderOptions): MachineProvider {
  const records = new HostRecords(options.stateDirectory);
  const secrets = new HostSecretsStore();
  const sequencer = new Sequencer();
  const answers = new Recent<boolean>(options.clock, ANSWER_LIFETIME_MS);
  const adoptionOf = (cluster: string, name: MachineName): Adoption => ({ cluster, name, records, secrets, options });

  const inspect = async (cluster: string, name: MachineName): Promise<Machine> => {
    const record = await records.read(cluster, name);
    if (!record) return { name, state: 'absent', cpus: 0, memoryBytes: 0 };
    const { cpus, memoryBytes } = record;
    const ssh = rootTarget(name, record, secrets);
    if (record.phase !== 'adopted' || !ssh) return { name, state: 'broken', cpus, memoryBytes };
    if (record.stopped) return { name, state: 'stopped', cpus, memoryBytes };
    const isThere = await answers.get(name, () => answersAt(ssh.host, ssh.port));
    return isThere ? { name, state: 'running', ssh, cpus, memoryBytes } : { name, state: 'stopped', cpus, memoryBytes };
  };

  const existing = async (cluster: string, name: MachineName): Promise<HostRecord> => {
    const record = await records.read(cluster, name);
    if (!record) throw new AppError('machine-missing', { params: { machine: name } });
    return record;
  };

  /** Runs `work` on the node of an adopted machine, at whatever address its name leads to now. */
  const onNode = (
    cluster: string,
    name: MachineName,
    stopped: boolean,
    work: typeof startNode,
    signal: AbortSignal,
  ): Promise<Machine> =>
    sequencer.run(name, async () => {
      const known = await existing(cluster, name);
      const record = { ...known, address: await resolveAddress(known.host.address) };
      await using connection = await logInAsRoot(cluster, name, record, secrets, options, signal);
      await work(connection, signal);
      await records.write(cluster, name, { ...record, stopped });
      answers.forget(name);
      return await inspect(cluster, name);
    });

  /** A machine that is just restarting has its time; who does not answer after that is told of by the next login. */
  const untilReachable = async (
    cluster: string,
    name: MachineName,
    report: ReportProgress,
    signal: AbortSignal,
  ): Promise<void> => {
    const { address, host } = await existing(cluster, name);
    const started = options.clock.monotonic();
    for (;;) {
      if (address === undefined || (await answersAt(address, host.port))) return;
      const waited = options.clock.monotonic() - started;
      if (waited > RESTART_PATIENCE_MS) return;
      report({ line: `Waiting for SSH at ${host.address}:${host.port} (${Math.round(waited / 1_000)} s)` });
      // Nothing tells from afar when a machine is up again.
      await sleep(options.clock, LOOK_AGAIN_MS, signal);
    }
  };

  const remove = (cluster: string, name: MachineName, signal: AbortSignal): Promise<void> =>
    sequencer.run(name, async () => {
      const record = await records.read(cluster, name);
      if (!record) return;
      await giveBack(adoptionOf(cluster, name), record, () => undefined, signal);
      await letGo(cluster, name);
    });

  const letGo = async (cluster: string, name: MachineName): Promise<void> => {
    await records.remove(cluster, name);
    secrets.forget(name);
    answers.forget(name);
  };

  return {
    id: 'ssh',
    capabilities: { takesHosts: true, setsClocks: false },

    preflight: (signal, hosts = []) => preflight(hosts, options, signal),

    async takenRanges(hosts, signal) {
      return (await Promise.all(hosts.map((host) => readRoutes(host, options, signal)))).flat();
    },

    async prepare(cluster, report) {
      report({ line: 'Looking for the way to the machines' });
      const known = await Promise.all((await records.names(cluster)).map((name) => existing(cluster, name)));
      const addresses = known.map(({ address }) => address).filter((address) => address !== undefined);
      const hostAddress = addresses[0] === undefined ? undefined : await ownAddressTowards(addresses[0]);
      return {
        ...(hostAddress === undefined ? {} : { hostAddress }),
        sharedLink: addresses.every((address) => addressBeside(address) !== undefined),
      };
    },

    create: (cluster, spec, report, signal) =>
      sequencer.run(spec.name, async () => {
        const record = (await records.read(cluster, spec.name)) ?? newRecord(spec);
        if (record.phase !== 'adopted') {
          await withHeartbeat(options.clock, report, (tell) =>
            adopt(adoptionOf(cluster, spec.name), record, tell, signal),
          );
        }
        answers.forget(spec.name);
        return inspect(cluster, spec.name);
      }),

    async start(cluster, name, signal, report = () => undefined) {
      await untilReachable(cluster, name, report, signal);
      return await onNode(cluster, name, false, startNode, signal);
    },
    stop: (cluster, name, signal) => onNode(cluster, name, true, stopNode, signal),
    delete: remove,
    info: inspect,
    list: async (cluster) => Promise.all((await records.names(cluster)).map((name) => inspect(cluster, name))),

    unlock: (name, told) => secrets.add(name, told),
    abandon: (cluster, name) => sequencer.run(name, () => letGo(cluster, name)),

    async release(cluster, signal) {
      for (const name of await records.names(cluster)) await remove(cluster, name, signal);
      await records.removeCluster(cluster);
    },
  };
}

function newRecord({ host, hostname, cpus, memoryBytes }: MachineSpec): HostRecord {
  assert(host !== undefined, 'a machine that is taken over is named by its user');
  return { host, node: hostname, phase: 'new', cpus, memoryBytes, stopped: false };
}

/** What a host routes, as any user of it may see. */
async function readRoutes(
  { secrets, ...host }: HostWithSecrets,
  options: SshProviderOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await using connection = await logInAsUser(host, secrets, undefined, options, signal);
  const { stdout } = await connection.run(['ip', '-4', '-json', 'route', 'show', 'table', 'all'], { signal });
  return parseRoutes(stdout);
}

/** The address of this computer that packets to `address` leave from; none are sent. */
async function ownAddressTowards(address: string): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, address);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    // There is no way to it at the moment.
    return undefined;
  } finally {
    socket.close();
  }
}

async function answersAt(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: ANSWER_PATIENCE_MS });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
