import { lookup } from 'node:dns/promises';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { Host, HostSecrets } from '#common/contract/host.ts';
import { connectSsh, type SshConnection } from '../../install/ssh-connection.ts';
import { fingerprint } from '../../install/ssh-fingerprint.ts';
import { describeCredential, readCredential } from './credential.ts';
import type { SshProviderOptions } from './options.ts';

/** The IPv4 address of a host. Fails with `host-name-unknown`. */
export async function resolveAddress(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new AppError('host-name-unknown', { params: { host, reason }, cause: error });
  }
}

/**
 * Logs in as the user, with what the user has. The host must show the key in `pinned`, or the one that the user
 * expects; the first one that it shows will do where neither is known.
 */
export async function logInAsUser(
  host: Host,
  secrets: HostSecrets,
  pinned: string | undefined,
  { agentSocket }: SshProviderOptions,
  signal: AbortSignal,
): Promise<SshConnection> {
  const credential = await readCredential(host, secrets, agentSocket);
  const { port, user } = host;
  const target = {
    host: await resolveAddress(host.address),
    port,
    user,
    ...(pinned === undefined ? {} : { hostKeys: [pinned] }),
  };
  let connection: SshConnection;
  try {
    connection = await connectSsh(target, credential, signal);
  } catch (error) {
    throw signal.aborted ? error : contactError(error, host);
  }
  if (host.hostKey === undefined || fingerprint(connection.hostKey) === host.hostKey) return connection;
  await connection[Symbol.asyncDispose]();
  const lines = [`expected ${host.hostKey}`, `found ${fingerprint(connection.hostKey)}`];
  throw new AppError('ssh-host-key-changed', { params: { host: host.address }, command: commandOf(host), lines });
}

/** What the user would type to try the same. */
function commandOf({ address, port, user, keyFile }: Host): string {
  return `ssh -p ${port}${keyFile === undefined ? '' : ` -i ${keyFile}`} ${user}@${address}`;
}

/** Failures to reach a machine of the user's, told by the name that the user gave it. */
export function contactError(error: unknown, host: Host): AppError {
  const known = AppError.from(error);
  const { address, port, user } = host;
  const cause = known.cause instanceof Error ? known.cause.message : undefined;
  const detail = { command: commandOf(host), lines: cause === undefined ? [] : [cause], cause: error };
  switch (known.code) {
    case 'ssh-unreachable': {
      const reason = known.params['reason'] ?? '';
      if (reason === 'ECONNREFUSED') {
        return new AppError('ssh-connection-refused', { params: { host: address, port }, ...detail });
      }
      return new AppError('ssh-unreachable', { params: { host: address, port, reason }, ...detail });
    }
    case 'ssh-refused': {
      const params = { host: address, user, key: describeCredential(host) };
      return new AppError('ssh-login-refused', { params, ...detail });
    }
    case 'ssh-host-key-changed':
      return new AppError('ssh-host-key-changed', { params: { host: address }, ...detail });
    default:
      return known;
  }
}

/** Fails with `host-is-this-computer` when what is written here can be read there. */
export async function requireElsewhere(
  connection: SshConnection,
  host: Host,
  { random }: SshProviderOptions,
  signal: AbortSignal,
): Promise<void> {
  const secret = Buffer.from(random.bytes(16)).toString('hex');
  const file = path.join(tmpdir(), `pilothouse-${secret}`);
  // For any user of this computer to read.
  await writeFile(file, secret, { mode: 0o644 });
  try {
    if ((await connection.read(file, signal)) !== secret) return;
  } finally {
    await rm(file, { force: true });
  }
  throw new AppError('host-is-this-computer', { params: { host: host.address } });
}
