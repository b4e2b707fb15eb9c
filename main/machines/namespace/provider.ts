import { rename } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import { runTool } from '../host-tool.ts';
import type { Machine, MachineName, MachineProvider } from '../provider.ts';
import { baseImageDirectory, ensureBaseImage } from './base-image.ts';
import { createMachine, machineNames } from './create-machine.ts';
import type { NamespaceHost } from './host.ts';
import { clearRemains, haltMachine, isMachineUp, killMachine } from './machine-process.ts';
import { ensureNetwork, removeNetwork } from './network.ts';
import { preflight } from './preflight.ts';
import { Sequencer } from '../sequencer.ts';
import { startMachine } from './start-machine.ts';
import { ClusterFiles, readMachineRecord, type MachineFiles, type MachineRecord } from './state-files.ts';
import { isSystemError } from './system-error.ts';

/**
 * Machines made of the namespaces of this Linux host: systemd as process 1 on an overlay over one base
 * image, on a bridge per cluster. They are root on this host: no boundary against hostile containers.
 * They outlive this process; what is true of them is read from disk and /proc each time.
 */
export function namespaceProvider(host: NamespaceHost): MachineProvider {
  const sequencer = new Sequencer();
  const clusterFiles = (cluster: string): ClusterFiles => new ClusterFiles(host.stateDirectory, cluster);
  const filesOf = (cluster: string, name: MachineName): MachineFiles => clusterFiles(cluster).machine(name);

  const remove = async (cluster: string, name: MachineName, signal: AbortSignal): Promise<void> => {
    const files = filesOf(cluster, name);
    await killMachine(files, host.clock, signal);
    await clearRemains(name, files, host.clock, signal);
    const leaving = clusterFiles(cluster).leaving(name);
    await removeTree(leaving, signal);
    await rename(files.directory, leaving).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOENT')) throw error;
    });
    await removeTree(leaving, signal);
    await removeTree(clusterFiles(cluster).coming(name), signal);
  };

  return {
    id: 'namespace',
    capabilities: { takesHosts: false, setsClocks: false },

    preflight: (signal) => preflight(host, signal),

    async prepare(cluster, report, signal) {
      const image = await ensureBaseImage(host.cacheDirectory, host.clock, report, signal);
      const bridge = await ensureNetwork(host, cluster, image, signal);
      return { hostAddress: bridge.hostAddress, sharedLink: true };
    },

    create: (cluster, spec, report, signal) =>
      sequencer.run(cluster, async () => {
        const image = await ensureBaseImage(host.cacheDirectory, host.clock, report, signal);
        const bridge = await ensureNetwork(host, cluster, image, signal);
        report({ line: `Creating ${spec.name}` });
        await createMachine(clusterFiles(cluster), bridge, image, spec, signal);
        return inspect(spec.name, filesOf(cluster, spec.name));
      }),

    start: (cluster, name, signal) =>
      sequencer.run(name, async () => {
        const files = filesOf(cluster, name);
        const record = await existing(name, files);
        if (!(await isMachineUp(files))) {
          const bridge = await ensureNetwork(host, cluster, files.base, signal);
          await startMachine(name, record, files, bridge, host.clock, signal);
        }
        return inspect(name, files);
      }),

    stop: (cluster, name, signal) =>
      sequencer.run(name, async () => {
        const files = filesOf(cluster, name);
        await existing(name, files);
        await haltMachine(files, host.clock, signal);
        await clearRemains(name, files, host.clock, signal);
        return inspect(name, files);
      }),

    delete: (cluster, name, signal) => sequencer.run(name, () => remove(cluster, name, signal)),

    info: (cluster, name) => inspect(name, filesOf(cluster, name)),

    list: async (cluster) =>
      Promise.all((await machineNames(clusterFiles(cluster))).map((name) => inspect(name, filesOf(cluster, name)))),

    release: (cluster, signal) =>
      sequencer.run(cluster, async () => {
        const { directory } = clusterFiles(cluster);
        for (const name of await machineNames(clusterFiles(cluster))) {
          await sequencer.run(name, () => remove(cluster, name, signal));
        }
        await removeNetwork(host, cluster, await baseImageDirectory(host.cacheDirectory), signal);
        await removeTree(directory, signal);
      }),
  };

  async function inspect(name: MachineName, files: MachineFiles): Promise<Machine> {
    let record: MachineRecord | undefined;
    try {
      record = await readMachineRecord(files.record);
    } catch (error) {
      host.log.warn('the record of a machine cannot be read', { machine: name, error: describeError(error) });
      return { name, state: 'broken', cpus: 0, memoryBytes: 0 };
    }
    if (!record) return { name, state: 'absent', cpus: 0, memoryBytes: 0 };
    const share = {
      cpus: Math.min(record.cpus, availableParallelism()),
      memoryBytes: Math.min(record.memoryBytes, totalmem()),
    };
    if (!(await isMachineUp(files))) return { name, state: 'stopped', ...share };
    const ssh = { host: record.address, port: 22, user: 'root', hostKeys: record.hostKeys };
    return { name, state: 'running', ssh, ...share };
  }
}

async function existing(name: MachineName, files: MachineFiles): Promise<MachineRecord> {
  const record = await readMachineRecord(files.record);
  if (!record) throw new AppError('machine-missing', { params: { machine: name } });
  return record;
}

/** Never leaves the file system of `directory`: should anything still be mounted below, it is not touched. */
async function removeTree(directory: string, signal: AbortSignal): Promise<void> {
  await runTool('rm', ['--recursive', '--force', '--one-file-system', '--', path.resolve(directory)], { signal });
}
