import { chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { addressAt, parseRange, rangeSize } from '#common/kube/ipv4.ts';
import { generateSshKeyPair } from '../../install/ssh-key.ts';
import { runTool, ToolError } from '../host-tool.ts';
import type { MachineName, MachineSpec } from '../provider.ts';
import type { Bridge } from './bridge.ts';
import { ClusterFiles, MachineFiles, readMachineRecord, writeRecord } from './state-files.ts';

/** The first ten addresses of a network stay free for what is not a machine. */
const FIRST_MACHINE = 11;

/**
 * Puts a machine's files together beside its place and moves them there whole. What was left of an
 * earlier attempt is thrown away; a machine that is there already stays as it is.
 */
export async function createMachine(
  cluster: ClusterFiles,
  bridge: Bridge,
  image: string,
  spec: MachineSpec,
  signal: AbortSignal,
): Promise<void> {
  const target = cluster.machine(spec.name);
  const coming = new MachineFiles(cluster.coming(spec.name));
  try {
    if (await readMachineRecord(target.record)) return;
    await rm(coming.directory, { recursive: true, force: true });
    const address = await freeAddress(cluster, bridge);
    const hostKey = generateSshKeyPair(spec.hostname);
    await mkdir(coming.directory, { recursive: true, mode: 0o700 });
    for (const directory of [coming.upper, coming.work, coming.root]) await mkdir(directory, { mode: 0o755 });
    await symlink(image, coming.base);
    await runTool('cp', ['--archive', '--reflink=auto', path.join(image, 'var/lib'), coming.varLib], { signal });
    await writeUpper(coming.upper, {
      '/etc/hostname': [0o644, `${spec.hostname}\n`],
      '/etc/hosts': [0o644, hostsFile(spec.hostname, address)],
      '/etc/ssh/ssh_host_ecdsa_key': [0o600, hostKey.privateKey],
      '/etc/ssh/ssh_host_ecdsa_key.pub': [0o644, `${hostKey.publicKey}\n`],
      '/root/.ssh/authorized_keys': [0o600, `${spec.sshPublicKey.trim()}\n`],
    });
    for (const directory of ['root', 'root/.ssh']) await chmod(path.join(coming.upper, directory), 0o700);
    await writeRecord(coming.record, {
      hostname: spec.hostname,
      address,
      cpus: spec.cpus,
      memoryBytes: spec.memoryBytes,
      hostKeys: [hostKey.publicKey],
    });
    await rename(coming.directory, target.directory);
  } catch (error) {
    await rm(coming.directory, { recursive: true, force: true });
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    const detail = error instanceof ToolError ? { command: error.command, lines: error.lines } : {};
    throw new AppError('machine-create-failed', { params: { machine: spec.name }, ...detail, cause: error });
  }
}

export async function machineNames(cluster: ClusterFiles): Promise<readonly MachineName[]> {
  const entries = await readdir(cluster.directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => ClusterFiles.isMachineName(name))
    .sort();
}

async function freeAddress(cluster: ClusterFiles, bridge: Bridge): Promise<string> {
  const names = await machineNames(cluster);
  const records = await Promise.all(
    names.map((name) => readMachineRecord(cluster.machine(name).record).catch(() => undefined)),
  );
  const used = new Set(records.map((record) => record?.address));
  const range = parseRange(bridge.range);
  for (let offset = FIRST_MACHINE; offset < rangeSize(range) - 1; offset++) {
    const address = addressAt(range, offset);
    if (!used.has(address)) return address;
  }
  throw new AppError('address-range-exhausted', { params: { purpose: 'machines' } });
}

async function writeUpper(upper: string, files: Readonly<Record<string, readonly [number, string]>>): Promise<void> {
  for (const [file, [mode, content]] of Object.entries(files)) {
    const place = path.join(upper, file);
    await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
    await writeFile(place, content, { mode });
  }
}

export function hostsFile(hostname: string, address: string): string {
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost\n${address} ${hostname}\n`;
}
