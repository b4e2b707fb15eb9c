import { AppError } from '#common/base/app-error.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';
import { uninstall } from '../../install/uninstall.ts';
import type { ReportProgress } from '../provider.ts';
import type { Adoption } from './adopt.ts';
import { removeKey } from './authorized-keys.ts';
import { logInAsUser } from './contact.ts';
import { readMark, removeMark } from './mark.ts';
import type { HostRecord } from './records.ts';
import { becomeRoot } from './sudo.ts';
import { logInAsRoot } from './target.ts';

/** Leaves the machine as it was before it was taken over. Goes on where it was cut off. */
export async function giveBack(
  adoption: Adoption,
  record: HostRecord,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  if (record.phase === 'new') return;
  const { cluster, name, secrets, options } = adoption;
  let connection: SshConnection;
  try {
    connection = await logInAsRoot(cluster, name, record, secrets, options, signal);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'ssh-refused')) throw error;
    // The key was not there yet, or is not any more: the user has to do.
    await removeKeysAsUser(adoption, record, signal);
    return;
  }
  await using root = connection;
  const mark = await readMark(root, signal);
  if (mark?.machine === name) {
    await uninstall(root, mark.before, report, signal);
    await removeMark(root, signal);
  }
  // The keys go last: without them nothing that is left could be removed.
  for (const user of new Set([record.host.user, 'root'])) {
    await removeKey((argv, command) => root.run(argv, command), user, name, signal);
  }
}

async function removeKeysAsUser(
  { name, secrets, options }: Adoption,
  { host, hostKey }: HostRecord,
  signal: AbortSignal,
): Promise<void> {
  await using connection = await logInAsUser(host, secrets.get(name), hostKey, options, signal);
  const access = await becomeRoot(connection, host.address, secrets.get(name).sudoPassword, signal);
  const mark = await readMark(connection, signal);
  if (mark?.machine === name) throw new AppError('ssh-refused', { params: { host: host.address, user: 'root' } });
  for (const user of new Set([host.user, 'root'])) await removeKey(access.run, user, name, signal);
}
