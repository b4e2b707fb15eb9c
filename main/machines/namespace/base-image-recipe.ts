import { createHash } from 'node:crypto';
import type { Distribution } from './distribution.ts';

/** Everything that decides what a base image holds: the same recipe and distribution give the same image. */
export interface BaseImageRecipe {
  readonly packages: readonly string[];
  /** Written over what the packages brought, by path in the image. */
  readonly files: Readonly<Record<string, string>>;
  readonly directories: readonly string[];
  /** Units that make no sense, or do harm, in a machine that shares its kernel with the host. */
  readonly maskedUnits: readonly string[];
  /** What every machine must have of its own, or must not have; a path may end in `*`. */
  readonly removed: readonly string[];
}

export const baseImageRecipe: BaseImageRecipe = {
  packages: [
    'ca-certificates',
    'conntrack',
    'containerd',
    'containernetworking-plugins',
    'iproute2',
    'iputils-ping',
    'kmod',
    // Node.js needs it.
    'libstdc++6',
    'nftables',
    'openssh-server',
    'procps',
    'runc',
    'systemd-sysv',
  ],
  files: {
    // Filled by systemd when a machine starts for the first time.
    '/etc/machine-id': '',
    '/etc/resolv.conf': '',
    // Without it, running containers hold up every stop for a minute and a half.
    '/etc/systemd/system.conf.d/10-pilothouse.conf': '[Manager]\nDefaultTimeoutStopSec=3s\n',
    '/etc/systemd/journald.conf.d/10-pilothouse.conf': '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n',
    '/etc/ssh/sshd_config.d/10-pilothouse.conf': [
      'HostKey /etc/ssh/ssh_host_ecdsa_key',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'X11Forwarding no',
      '',
    ].join('\n'),
  },
  directories: ['/var/log/journal', '/etc/cni/net.d', '/opt/cni/bin'],
  maskedUnits: [
    'apt-daily-upgrade.timer',
    'apt-daily.timer',
    'console-getty.service',
    'dev-hugepages.mount',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'fstrim.timer',
    'getty@tty1.service',
    'sys-fs-fuse-connections.mount',
    'sys-kernel-debug.mount',
    'sys-kernel-tracing.mount',
    'systemd-modules-load.service',
  ],
  removed: ['/etc/hostname', '/etc/ssh/ssh_host_*', '/var/cache/apt/archives/*.deb', '/var/log/*.log'],
};

/** Where a built image must have something: what a broken build would lack. */
export const requiredFiles: readonly string[] = [
  '/sbin/init',
  '/usr/sbin/sshd',
  '/usr/bin/containerd',
  '/usr/sbin/runc',
  '/usr/sbin/nft',
  '/usr/lib/cni/host-local',
];

/** The directory that holds the image, such as `debian-bookworm-amd64-1f0c6a2b93d4`. */
export function baseImageName(recipe: BaseImageRecipe, distribution: Distribution): string {
  const { id, codename, architecture } = distribution;
  const digest = createHash('sha256')
    .update(JSON.stringify(canonical(recipe)))
    .digest('hex');
  return `${id}-${codename}-${architecture}-${digest.slice(0, 12)}`;
}

/** The same value for recipes that differ only in the order of what they list. */
function canonical(recipe: BaseImageRecipe): unknown {
  return {
    packages: [...recipe.packages].sort(),
    files: Object.entries(recipe.files).sort(([left], [right]) => (left < right ? -1 : 1)),
    directories: [...recipe.directories].sort(),
    maskedUnits: [...recipe.maskedUnits].sort(),
    removed: [...recipe.removed].sort(),
  };
}
