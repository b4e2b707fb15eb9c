import { quoteCommand } from '#common/base/shell-quote.ts';
import { hardwareAddress, type Bridge } from './bridge.ts';
import { isUnified, type CgroupHierarchy } from './cgroups.ts';

/** What the two scripts are made from. They run in the machine's directory: all paths in them are relative to it. */
export interface BootPlan {
  readonly hostname: string;
  readonly address: string;
  readonly bridge: Bridge;
  /** The host's end of the machine's link. */
  readonly port: string;
  readonly hierarchies: readonly CgroupHierarchy[];
  /** The machine's cgroups, already made. */
  readonly cgroups: readonly string[];
}

type Command = readonly string[];

/** The descriptor on which the boot tells that the machine is complete. */
export const READY_DESCRIPTOR = 3;
const HOST_NETWORK_DESCRIPTOR = 8;
/** What is written there the host does: restart, for one. */
const REBOOT_DOOR = 'root/proc/sysrq-trigger';

const script = (lines: readonly string[]): string => `${['set -eu', ...lines].join('\n')}\n`;

/**
 * Runs on the host: joins the machine's cgroups, makes its namespaces, and leaves its first process in
 * them. No process of the host stays behind.
 */
export function launchScript(plan: BootPlan): string {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--propagation', 'private'];
  return script([
    ...plan.cgroups.map((directory) => `echo 0 > ${quoteCommand([`${directory}/cgroup.procs`])}`),
    `exec ${HOST_NETWORK_DESCRIPTOR}< /proc/self/ns/net`,
    // The first child of a process with a new pid namespace becomes process 1 of it.
    `exec ${quoteCommand(['unshare', ...namespaces, 'sh', '-c', 'sh ./boot.sh &'])}`,
  ]);
}

/**
 * Runs as process 1 of the machine, on the host's file system: builds the machine's own, its devices and its
 * link, then becomes systemd. All mounts are made in the machine's mount namespace: the host never sees them,
 * and they end with the machine.
 */
export function bootScript(plan: BootPlan): string {
  const commands = (list: readonly Command[]): string[] => list.map(quoteCommand);
  return script([
    // /proc is still the host's, and so are the numbers in it.
    'read -r boot < /proc/sys/kernel/random/boot_id',
    'read -r stat < /proc/self/stat',
    `printf '%s\\n%s\\n' "$boot" "$stat" > process.partial`,
    'mv process.partial process',
    `printf '%s' ${quoteCommand([plan.hostname])} > /proc/sys/kernel/hostname`,
    ...commands([...linkCommands(plan), ...rootCommands(), ...cgroupCommands(plan.hierarchies), ...lockCommands()]),
    // Not every kernel has it.
    `[ ! -e ${REBOOT_DOOR} ] || mount --bind root/dev/null ${REBOOT_DOOR}`,
    'cd root',
    'pivot_root . mnt',
    'cd /',
    'umount -l /mnt',
    // Mounts made for volumes must reach the containers that are to see them.
    'mount --make-rshared /',
    // Whoever started us may be gone by now: then nobody listens.
    `echo ready 2> /dev/null >&${READY_DESCRIPTOR} || true`,
    `exec ${READY_DESCRIPTOR}>&- ${HOST_NETWORK_DESCRIPTOR}<&-`,
    `exec ${quoteCommand(['env', '-i', 'container=pilothouse', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', '/sbin/init'])}`,
  ]);
}

/** One end of a new link becomes eth0 here, the other a port of the cluster's bridge on the host. */
function linkCommands({ address, bridge, port }: BootPlan): readonly Command[] {
  const onHost = ['nsenter', `--net=/proc/self/fd/${HOST_NETWORK_DESCRIPTOR}`, 'ip', 'link'];
  const prefix = bridge.range.slice(bridge.range.indexOf('/'));
  const inside = ['type', 'veth', 'peer', 'name', 'eth0', 'address', hardwareAddress(address)];
  return [
    [...onHost, 'add', port, ...inside, 'netns', '1'],
    [...onHost, 'set', port, 'master', bridge.name, 'up'],
    ['ip', 'link', 'set', 'lo', 'up'],
    ['ip', 'link', 'set', 'eth0', 'up'],
    ['ip', 'address', 'add', `${address}${prefix}`, 'dev', 'eth0'],
    ['ip', 'route', 'add', 'default', 'via', bridge.hostAddress],
  ];
}

const mount = (type: string, options: string, target: string): Command => [
  'mount',
  ...['-t', type, '-o', options, type, target],
];

function rootCommands(): readonly Command[] {
  const devices: readonly [name: string, major: number, minor: number][] = [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['full', 1, 7],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['tty', 5, 0],
  ];
  const links: readonly [name: string, target: string][] = [
    ['ptmx', 'pts/ptmx'],
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
  ];
  return [
    mount('overlay', 'lowerdir=base,upperdir=upper,workdir=work', 'root'),
    ['mount', '--bind', 'var-lib', 'root/var/lib'],
    mount('proc', 'nosuid,nodev,noexec', 'root/proc'),
    mount('sysfs', 'nosuid,nodev,noexec', 'root/sys'),
    mount('tmpfs', 'mode=755,nosuid,nodev', 'root/run'),
    mount('tmpfs', 'mode=755,nosuid,size=1m', 'root/dev'),
    ...devices.map(([name, major, minor]) => ['mknod', '-m', '666', `root/dev/${name}`, 'c', `${major}`, `${minor}`]),
    ...links.map(([name, target]) => ['ln', '-s', target, `root/dev/${name}`]),
    ['mkdir', 'root/dev/pts', 'root/dev/shm', 'root/dev/mqueue'],
    mount('devpts', 'newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec', 'root/dev/pts'),
    mount('tmpfs', 'mode=1777,nosuid,nodev', 'root/dev/shm'),
    mount('mqueue', 'nosuid,nodev,noexec', 'root/dev/mqueue'),
  ];
}

/** In the machine's cgroup namespace each hierarchy shows the machine's own cgroup as its root. */
function cgroupCommands(hierarchies: readonly CgroupHierarchy[]): readonly Command[] {
  const root = 'root/sys/fs/cgroup';
  if (isUnified(hierarchies)) return [mount('cgroup2', 'nosuid,nodev,noexec', root)];
  return [
    mount('tmpfs', 'mode=755,nosuid,nodev,noexec', root),
    ...hierarchies.flatMap((hierarchy) => cgroupMount(hierarchy, root)),
    ['mount', '-o', 'remount,ro', root],
  ];
}

function cgroupMount({ version, controllers }: CgroupHierarchy, root: string): readonly Command[] {
  if (version === 2) return [['mkdir', `${root}/unified`], mount('cgroup2', 'nosuid,nodev,noexec', `${root}/unified`)];
  const joined = controllers.join(',');
  const name = joined.startsWith('name=') ? joined.slice('name='.length) : joined;
  return [
    ['mkdir', `${root}/${name}`],
    mount('cgroup', joined.startsWith('name=') ? `none,${joined}` : joined, `${root}/${name}`),
    // Controllers that share a hierarchy are looked for by their single names too.
    ...(controllers.length > 1 ? controllers.map((one) => ['ln', '-s', name, `${root}/${one}`]) : []),
  ];
}

/** Keeps the kernel settings of the host out of the machine's reach; those of its own network it may change. */
function lockCommands(): readonly Command[] {
  return [
    ['mount', '--bind', 'root/proc/sys', 'root/proc/sys'],
    ['mount', '--bind', 'root/proc/sys/net', 'root/proc/sys/net'],
    ['mount', '-o', 'remount,bind,ro', 'root/proc/sys'],
    ['mount', '-o', 'remount,bind,ro', 'root/sys'],
  ];
}
