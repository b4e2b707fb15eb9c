import { AppError } from '#common/base/app-error.ts';
import { hostLabel } from '#common/contract/host.ts';
import { readBefore } from '../../install/before.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';
import { fingerprint } from '../../install/ssh-fingerprint.ts';
import type { MachineName, ReportProgress } from '../provider.ts';
import { addKey } from './authorized-keys.ts';
import { logInAsUser, requireElsewhere } from './contact.ts';
import { readMark, requireFree, writeMark } from './mark.ts';
import type { SshProviderOptions } from './options.ts';
import type { HostRecord, HostRecords } from './records.ts';
import type { HostSecretsStore } from './secrets.ts';
import { becomeRoot, type RootAccess } from './sudo.ts';
import { readSystem, requireSystem } from './system.ts';
import { logInAsRoot } from './target.ts';

export interface Adoption {
  readonly cluster: string;
  readonly name: MachineName;
  readonly records: HostRecords;
  readonly secrets: HostSecretsStore;
  readonly options: SshProviderOptions;
}

/**
 * Makes a machine of the user's one that the app can log in to as root with the cluster's own key, and leaves a mark
 * on it. Nothing is changed before all that could be in the way was looked at. Goes on where it was cut off.
 */
export async function adopt(
  adoption: Adoption,
  record: HostRecord,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<HostRecord> {
  const { cluster, name, records, secrets, options } = adoption;
  const save = (next: HostRecord): Promise<HostRecord> => records.write(cluster, name, next);
  const { host } = record;
  report({ line: `Logging in as ${hostLabel(host)}` });
  await using connection = await logInAsUser(host, secrets.get(name), record.hostKey, options, signal);
  const { hostKey, target } = connection;
  report({ line: `The host key of ${host.address} is ${fingerprint(hostKey)}` });
  let known = await save({ ...record, hostKey, address: target.host });
  report({ line: requireSystem(host.address, await readSystem(connection, signal)) });
  await requireElsewhere(connection, host, options, signal);
  await requireFree(connection, host.address, name, signal);
  const access = await becomeRoot(connection, host.address, secrets.get(name).sudoPassword, signal);

  known = await save({ ...known, phase: 'adopting' });
  report({ line: `Adding the key of the cluster to ${host.address}` });
  const { publicKey } = await options.identity(cluster);
  await addKey(access.run, 'root', publicKey, name, signal);
  const [way, root] = await openRoot(adoption, known, connection, access, publicKey, signal);
  known = await save(way);
  await using asRoot = root;
  await markMachine(adoption, known, asRoot, signal);
  const share = await readShare(asRoot, signal);
  known = await save({ ...known, ...share, phase: 'adopted' });
  // Whoever logs in by the cluster's own key needs nothing of the user's any more.
  if (known.sudo !== 'password') secrets.forget(name);
  return known;
}

/** Root by the key itself, where the machine's SSH server lets it in; else the user by the same key, and sudo. */
async function openRoot(
  { cluster, name, secrets, options }: Adoption,
  record: HostRecord,
  user: SshConnection,
  access: RootAccess,
  publicKey: string,
  signal: AbortSignal,
): Promise<[HostRecord, SshConnection]> {
  const { sudo: _, ...direct } = record;
  try {
    return [direct, await logInAsRoot(cluster, name, direct, secrets, options, signal)];
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'ssh-refused';
    if (!isRefused || access.sudo === undefined) throw error;
  }
  await addKey((argv, command) => user.run(argv, command), record.host.user, publicKey, name, signal);
  const bySudo = { ...direct, sudo: access.sudo };
  return [bySudo, await logInAsRoot(cluster, name, bySudo, secrets, options, signal)];
}

/** What the machine was like is written down once, before anything of it is changed for the node. */
async function markMachine(
  { name, options }: Adoption,
  { host, node }: HostRecord,
  connection: SshConnection,
  signal: AbortSignal,
): Promise<void> {
  await requireFree(connection, host.address, name, signal);
  if (await readMark(connection, signal)) return;
  const before = await readBefore(connection, options.templates, signal);
  await writeMark(connection, { format: 1, machine: name, node, before }, signal);
}

async function readShare(
  connection: SshConnection,
  signal: AbortSignal,
): Promise<{ cpus: number; memoryBytes: number }> {
  const { stdout } = await connection.run(['nproc'], { signal });
  const memory = (await connection.read('/proc/meminfo', signal)) ?? '';
  return {
    cpus: Number(stdout.trim()),
    memoryBytes: Number(/^MemTotal:\s+(\d+) kB$/m.exec(memory)?.[1] ?? 0) * 1024,
  };
}
