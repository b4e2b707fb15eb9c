import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool, ToolError, type HostTool } from '../host-tool.ts';
import { isUnified, readHierarchies, type CgroupHierarchy } from './cgroups.ts';

interface Probe {
  readonly feature: string;
  readonly tool: HostTool;
  readonly args: readonly string[];
}

// Each tries the real thing in namespaces that end with the command, so nothing of it is left on the host.
const PROBES: readonly Probe[] = [
  {
    feature: 'namespaces',
    tool: 'unshare',
    args: ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--fork', 'true'],
  },
  { feature: 'bridge', tool: 'unshare', args: ['--net', 'ip', 'link', 'add', 'name', 'probe', 'type', 'bridge'] },
  { feature: 'veth', tool: 'unshare', args: ['--net', 'ip', 'link', 'add', 'name', 'probe', 'type', 'veth'] },
  {
    feature: 'overlay',
    tool: 'unshare',
    args: ['--mount', 'mount', '-t', 'overlay', '-o', 'lowerdir=/usr:/etc', 'overlay', '/mnt'],
  },
];

/** The names of what machines need of the kernel and this host's does not offer. */
export async function missingKernelFeatures(signal: AbortSignal): Promise<readonly string[]> {
  const probed = await Promise.all(PROBES.map(async (probe) => ((await works(probe, signal)) ? [] : [probe.feature])));
  const hierarchies = await readHierarchies();
  if (!isUnified(hierarchies)) return [...probed.flat(), ...missingControllers(hierarchies)];
  const mountPoint = hierarchies[0]?.mountPoint;
  const read = (file: string): Promise<string> => readFile(path.join(mountPoint ?? '/', file), 'utf8').catch(() => '');
  return [
    ...probed.flat(),
    ...missingUnifiedControllers({
      offered: await read('cgroup.controllers'),
      handedDown: await read('cgroup.subtree_control'),
      // Only the real root has no type; what looks like one in a container is an ordinary cgroup.
      isRealRoot: (await read('cgroup.type')) === '',
      processes: await read('cgroup.procs'),
    }),
  ];
}

/** Version 1: which controllers have no hierarchy. systemd needs the named one. */
export function missingControllers(hierarchies: readonly CgroupHierarchy[]): readonly string[] {
  const present = hierarchies.flatMap((hierarchy) => hierarchy.controllers);
  return asFeatures([...NEEDED, 'name=systemd'].filter((controller) => !present.includes(controller)));
}

/** What the top of the version 2 hierarchy says, file by file. */
export interface UnifiedRoot {
  readonly offered: string;
  readonly handedDown: string;
  readonly isRealRoot: boolean;
  readonly processes: string;
}

/** Version 2: which controllers do not exist, or cannot be handed down because processes stand in the way. */
export function missingUnifiedControllers(root: UnifiedRoot): readonly string[] {
  const words = (text: string): readonly string[] => text.trim().split(/\s+/);
  const free = root.isRealRoot || root.processes.trim() === '';
  const usable = free ? words(root.offered) : words(root.handedDown);
  return asFeatures(NEEDED.filter((controller) => !usable.includes(controller)));
}

const NEEDED = ['cpu', 'memory', 'pids'];
const asFeatures = (controllers: readonly string[]): readonly string[] => controllers.map((name) => `cgroup ${name}`);

async function works({ tool, args }: Probe, signal: AbortSignal): Promise<boolean> {
  try {
    await runTool(tool, args, { signal });
    return true;
  } catch (error) {
    if (error instanceof ToolError) return false;
    throw error;
  }
}
