import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { nodePaths } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

/** What of a machine the installer changes, as it was before: for machines that are to be given back. */
export const beforeSchema = z.strictObject({
  /** Kernel settings by name. */
  settings: z.record(z.string(), z.string()),
  containerd: z.strictObject({ config: z.string().optional(), enabled: z.boolean(), active: z.boolean() }).optional(),
  /** References of images that the CRI knew. */
  images: z.array(z.string()),
  /** Directories that were not there, the deepest first. */
  missing: z.array(z.string()),
});
export type Before = Readonly<z.infer<typeof beforeSchema>>;

/** All that come to be on a machine that becomes a node, but for those that are ours alone. */
const DIRECTORIES = [
  '/etc/cni/net.d',
  '/etc/cni',
  '/etc/containerd',
  '/etc/sysctl.d',
  '/opt/containerd/bin',
  '/opt/containerd/lib',
  '/opt/containerd',
  '/opt',
  '/run/cni/ipam',
  '/run/cni',
  '/run/netns',
  '/var/lib/cni/results',
  '/var/lib/cni/cache',
  '/var/lib/cni/networks',
  '/var/lib/cni',
  '/var/log/pods',
];

/** `templates` is the directory of the installer's templates (`NodeAssets.templates`). */
export async function readBefore(connection: SshConnection, templates: string, signal: AbortSignal): Promise<Before> {
  const succeeds = async (...argv: string[]): Promise<boolean> =>
    (await connection.run(argv, { signal, accept: [0, 1, 3, 4] })).exitCode === 0;
  const names = settingNames(await readFile(path.join(templates, 'sysctl.conf'), 'utf8'));
  const { stdout } = await connection.run(['ls', '-d', ...DIRECTORIES], { signal, accept: [0, 2] });
  const there = new Set(stdout.split('\n'));
  const [settings, images, isInstalled] = await Promise.all([
    readSettings(connection, names, signal),
    listImages(connection, signal),
    succeeds('systemctl', 'cat', 'containerd.service'),
  ]);
  const config = await connection.read(nodePaths.containerdConfig, signal);
  return {
    settings,
    images,
    missing: DIRECTORIES.filter((directory) => !there.has(directory)),
    ...(isInstalled
      ? {
          containerd: {
            ...(config === undefined ? {} : { config }),
            enabled: await succeeds('systemctl', 'is-enabled', '--quiet', 'containerd'),
            active: await succeeds('systemctl', 'is-active', '--quiet', 'containerd'),
          },
        }
      : {}),
  };
}

/** The references of all images that the CRI knows; none where there is no containerd. */
export async function listImages(connection: SshConnection, signal: AbortSignal): Promise<string[]> {
  const argv = ['ctr', '--namespace', 'k8s.io', 'images', 'ls', '-q'];
  const { stdout } = await connection.run(argv, { signal, accept: [0, 1, 127] });
  return stdout.split('\n').filter((line) => line !== '');
}

/** Kernel settings by name; those that the kernel does not know are left out. */
export async function readSettings(
  connection: SshConnection,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await connection.run(['sysctl', '--ignore', ...names], { signal, accept: [0, 1, 255] });
  return Object.fromEntries(
    stdout
      .split('\n')
      .map((line) => line.split(' = ', 2))
      .filter((pair): pair is [string, string] => pair.length === 2),
  );
}

/** What a sysctl.d(5) file sets. */
export function settingNames(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^-?([a-z0-9_./-]+)\s*=/i.exec(line.trim())?.[1])
    .filter((name) => name !== undefined);
}
