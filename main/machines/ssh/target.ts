import { AppError } from '#common/base/app-error.ts';
import { connectSsh, type SshConnection } from '../../install/ssh-connection.ts';
import type { MachineName, SshTarget } from '../provider.ts';
import { contactError } from './contact.ts';
import type { SshProviderOptions } from './options.ts';
import type { HostRecord } from './records.ts';
import type { HostSecretsStore } from './secrets.ts';

/** How the app logs in as root to a machine that was reached before. */
export function rootTarget(name: MachineName, record: HostRecord, secrets: HostSecretsStore): SshTarget | undefined {
  const { address, hostKey, host } = record;
  if (address === undefined || hostKey === undefined) return undefined;
  const direct = { host: address, port: host.port, user: 'root', hostKeys: [hostKey] };
  switch (record.sudo) {
    case undefined:
      return direct;
    case 'free':
      return { ...direct, sudo: { user: host.user, password: undefined } };
    case 'password':
      return { ...direct, sudo: { user: host.user, password: () => passwordOf(name, record, secrets) } };
    default:
      return record.sudo satisfies never;
  }
}

/** Logs in as root, by the cluster's own key. */
export async function logInAsRoot(
  cluster: string,
  name: MachineName,
  record: HostRecord,
  secrets: HostSecretsStore,
  { identity }: SshProviderOptions,
  signal: AbortSignal,
): Promise<SshConnection> {
  const target = rootTarget(name, record, secrets);
  if (!target) throw new AppError('machine-missing', { params: { machine: name } });
  const { privateKey } = await identity(cluster);
  try {
    return await connectSsh(target, privateKey, signal);
  } catch (error) {
    // What is refused here is the key of ours, not the user's.
    if (signal.aborted || (error instanceof AppError && error.code === 'ssh-refused')) throw error;
    throw contactError(error, record.host);
  }
}

function passwordOf(name: MachineName, { host }: HostRecord, secrets: HostSecretsStore): string {
  const { sudoPassword } = secrets.get(name);
  if (sudoPassword !== undefined) return sudoPassword;
  throw new AppError('sudo-password-needed', { params: { host: host.address, user: host.user } });
}
