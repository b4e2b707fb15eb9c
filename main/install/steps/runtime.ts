import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { ReportProgress } from '../../machines/provider.ts';
import { applied } from '../applied.ts';
import { mayLowerOomScores, parseVersion, readArchitecture } from '../machine-facts.ts';
import { pauseImage } from '../node-assets.ts';
import { nodePaths, type NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';
import { fillTemplateFile } from '../template.ts';

/** Where distributions and upstream put the CNI plugins. */
const CNI_DIRECTORIES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const CNI_PLUGINS = ['loopback', 'host-local', 'ptp', 'portmap'];
const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'conntrack', 'iproute2'];
const OLDEST_CONTAINERD = [1, 6] as const;
/** Another program may be installing at the same time, as fresh machines do when they first start. */
const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300'];
const APT_SILENCE_MS = 320_000;

/** containerd with its CRI, runc, CNI plugins and nftables, set up for the agent. */
export const runtime: Step<NodeContext> = {
  id: 'runtime',
  expectedMs: 400,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    const cniPlugins = await installedPlugins(connection, signal);
    if (cniPlugins === undefined) return false;
    const config = await configuration(context, connection, cniPlugins, signal);
    return (
      (await connection.holds(config, nodePaths.containerdConfig, signal)) &&
      (await applied(connection, 'containerd', [config]).is(signal)) &&
      (await serves(connection, signal))
    );
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    const cniPlugins = (await installedPlugins(connection, signal)) ?? (await install(connection, report, signal));
    const config = await configuration(context, connection, cniPlugins, signal);
    const { changed } = await connection.upload(Buffer.from(config), nodePaths.containerdConfig, {
      mode: 0o644,
      signal,
    });
    const inUse = applied(connection, 'containerd', [config]);
    await connection.run(['mkdir', '-p', nodePaths.cniConfiguration], { signal });
    await connection.run(['systemctl', 'enable', '--quiet', 'containerd'], { signal });
    if (!changed && (await inUse.is(signal)) && (await serves(connection, signal))) return;
    report({ line: 'Restarting containerd with its new configuration' });
    await connection.run(['systemctl', 'restart', 'containerd'], { signal });
    if (await serves(connection, signal)) {
      await inUse.note(signal);
      return;
    }
    const log = await connection.run(['journalctl', '-u', 'containerd', '-n', '20', '-o', 'cat', '--no-pager'], {
      signal,
    });
    throw new AppError('remote-command-failed', {
      params: { host: connection.target.host, reason: 'containerd does not offer the CRI' },
      command: 'systemctl restart containerd',
      lines: log.stdout.trim().split('\n'),
    });
  },
};

/** The directory of the CNI plugins, when they and all programs are there; undefined when anything is missing. */
async function installedPlugins(connection: SshConnection, signal: AbortSignal): Promise<string | undefined> {
  const accept = [0, 1, 127];
  const [containerd, runc, nft] = await Promise.all(
    ['containerd', 'runc', 'nft'].map((program) => connection.run([program, '--version'], { signal, accept })),
  );
  if (containerd?.exitCode !== 0 || runc?.exitCode !== 0 || nft?.exitCode !== 0) return undefined;
  const [major, minor] = parseVersion(containerd.stdout) ?? [0, 0];
  const [leastMajor, leastMinor] = OLDEST_CONTAINERD;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) return undefined;
  for (const directory of CNI_DIRECTORIES) {
    const files = CNI_PLUGINS.map((plugin) => path.posix.join(directory, plugin));
    if ((await connection.run(['ls', ...files], { signal, accept: [0, 1, 2] })).exitCode === 0) return directory;
  }
  return undefined;
}

async function install(connection: SshConnection, report: ReportProgress, signal: AbortSignal): Promise<string> {
  if ((await connection.run(['apt-get', '--version'], { signal, accept: [0, 127] })).exitCode !== 0) {
    const release = (await connection.read('/etc/os-release', signal)) ?? '';
    const found = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'an unknown distribution';
    throw new AppError('unsupported-distribution', { params: { found } });
  }
  const options = { signal, silenceMs: APT_SILENCE_MS, onLine: (line: string) => report({ line }) };
  await connection.run([...APT, 'update'], options);
  await connection.run([...APT, 'install', '--no-install-recommends', ...PACKAGES], options);
  const directory = await installedPlugins(connection, signal);
  if (directory !== undefined) return directory;
  throw new AppError('remote-command-failed', {
    params: { host: connection.target.host, reason: `containerd older than ${OLDEST_CONTAINERD.join('.')}` },
    command: `apt-get install ${PACKAGES.join(' ')}`,
  });
}

async function configuration(
  context: NodeContext,
  connection: SshConnection,
  cniPlugins: string,
  signal: AbortSignal,
): Promise<string> {
  const status = (await connection.read('/proc/self/status', signal)) ?? '';
  return fillTemplateFile(path.join(context.assets.templates, 'containerd.toml'), {
    sandboxImage: pauseImage(context.assets, await readArchitecture(connection, signal)).reference,
    restrictOomScoreAdj: !mayLowerOomScores(status),
    cniPlugins,
    cniConfiguration: nodePaths.cniConfiguration,
  });
}

/** Whether containerd runs and its CRI plugin came up. */
async function serves(connection: SshConnection, signal: AbortSignal): Promise<boolean> {
  const { exitCode, stdout } = await connection.run(['ctr', 'plugins', 'ls'], { signal, accept: [0, 1] });
  return exitCode === 0 && /^io\.containerd\.grpc\.v1\s+cri\s+.*\bok\s*$/m.test(stdout);
}
