import type { ReportProgress } from '../machines/provider.ts';
import { listImages, readSettings, type Before } from './before.ts';
import { AGENT_UNIT, isThere, runAgent } from './node-agent.ts';
import { nodePaths } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

const OWN_DIRECTORY = '/opt/pilothouse';

/**
 * Takes off the machine what the installer put there and what its agent made, and sets what it changed as it was
 * before; packages stay. Idempotent: it goes on after any interruption.
 */
export async function uninstall(
  connection: SshConnection,
  before: Before,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  const run = (argv: readonly string[], accept?: readonly number[]): Promise<{ stdout: string }> =>
    connection.run(argv, { signal, ...(accept ? { accept } : {}) });
  if (await isThere(connection, nodePaths.unit, signal)) {
    report({ line: `Stopping ${AGENT_UNIT}` });
    await run(['systemctl', 'disable', '--quiet', '--now', AGENT_UNIT]);
  }
  report({ line: 'Removing the pods and their network' });
  await runAgent(connection, 'leave', signal);
  await run(['rm', '-f', nodePaths.unit]);
  await run(['systemctl', 'daemon-reload']);
  const surplus = (await listImages(connection, signal)).filter((image) => !before.images.includes(image));
  if (surplus.length > 0) {
    report({ line: 'Removing images' });
    await run(['ctr', '--namespace', 'k8s.io', 'images', 'rm', '--sync', ...surplus]);
  }
  report({ line: 'Restoring the settings of the machine' });
  await restoreContainerd(connection, before, signal);
  await run(['rm', '-f', nodePaths.sysctl]);
  // Only what is not as it was: a machine may have settings that it cannot change.
  const now = await readSettings(connection, Object.keys(before.settings), signal);
  const changed = Object.entries(before.settings).filter(([name, value]) => now[name] !== value);
  if (changed.length > 0) await run(['sysctl', '--quiet', '--write', ...changed.map((pair) => pair.join('='))]);
  await run(['rm', '-rf', OWN_DIRECTORY]);
  // Others may have put something into them meanwhile: then they stay.
  for (const directory of before.missing) {
    await run(['rmdir', '--ignore-fail-on-non-empty', directory], [0, 1]);
  }
}

async function restoreContainerd(connection: SshConnection, before: Before, signal: AbortSignal): Promise<void> {
  const { containerd } = before;
  const isOurs = /^# Written by Pilothouse/.test((await connection.read(nodePaths.containerdConfig, signal)) ?? '');
  if (isOurs && containerd?.config !== undefined) {
    await connection.upload(Buffer.from(containerd.config), nodePaths.containerdConfig, { mode: 0o644, signal });
  } else if (isOurs) {
    await connection.run(['rm', '-f', nodePaths.containerdConfig], { signal });
  }
  if ((await connection.run(['systemctl', 'cat', 'containerd.service'], { signal, accept: [0, 1] })).exitCode !== 0) {
    return;
  }
  const state = containerd ?? { enabled: true, active: true };
  await connection.run(['systemctl', state.enabled ? 'enable' : 'disable', '--quiet', 'containerd'], { signal });
  if (!state.active) await connection.run(['systemctl', 'stop', 'containerd'], { signal });
  else if (isOurs) await connection.run(['systemctl', 'restart', 'containerd'], { signal });
}
