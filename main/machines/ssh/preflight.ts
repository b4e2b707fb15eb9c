import { AppError } from '#common/base/app-error.ts';
import type { Finding } from '#common/contract/finding.ts';
import { hostLabel, type HostWithSecrets } from '#common/contract/host.ts';
import type { CheckName } from '#common/i18n/checks.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';
import { fingerprint } from '../../install/ssh-fingerprint.ts';
import { logInAsUser, requireElsewhere } from './contact.ts';
import { requireFree } from './mark.ts';
import type { SshProviderOptions } from './options.ts';
import { becomeRoot } from './sudo.ts';
import { readSystem, requireSystem } from './system.ts';

/** Whether the user's machines can be taken over, check by check: each needs the one before. Changes nothing. */
export async function preflight(
  hosts: readonly HostWithSecrets[],
  options: SshProviderOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { agentSocket } = options;
  const keys: Finding = { check: 'ssh-keys' satisfies CheckName, outcome: 'ok', detail: agentSocket ?? 'key files' };
  return [keys, ...(await Promise.all(hosts.map((host) => examine(host, options, signal)))).flat()];
}

async function examine(
  { secrets, ...host }: HostWithSecrets,
  options: SshProviderOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found = (check: CheckName, detail: string): number =>
    findings.push({ check, host: hostLabel(host), outcome: 'ok', detail });
  let connection: SshConnection | undefined;
  let check: CheckName = 'ssh-login';
  try {
    connection = await logInAsUser(host, secrets, undefined, options, signal);
    found('ssh-login', hostLabel(host));
    found('host-key', fingerprint(connection.hostKey));
    check = 'host-system';
    found(check, requireSystem(host.address, await readSystem(connection, signal)));
    check = 'host-free';
    await requireElsewhere(connection, host, options, signal);
    await requireFree(connection, host.address, undefined, signal);
    found(check, host.address);
    check = 'sudo';
    const access = await becomeRoot(connection, host.address, secrets.sudoPassword, signal);
    found(check, access.sudo === undefined ? 'root' : 'sudo');
  } catch (error) {
    signal.throwIfAborted();
    const { code, params } = AppError.from(error);
    findings.push({ check, host: hostLabel(host), outcome: 'failed', code, params: { ...params } });
  } finally {
    await connection?.[Symbol.asyncDispose]();
  }
  return findings;
}
