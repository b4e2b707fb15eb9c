import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bootScript, launchScript, type BootPlan } from './boot-scripts.ts';
import type { CgroupHierarchy } from './cgroups.ts';

const v1 = (controllers: string[], directory: string): CgroupHierarchy => ({
  version: 1,
  controllers,
  mountPoint: `/sys/fs/cgroup/${directory}`,
  own: `/sys/fs/cgroup/${directory}`,
});
const v2: CgroupHierarchy = { version: 2, controllers: [], mountPoint: '/sys/fs/cgroup', own: '/sys/fs/cgroup/a' };

const plan = (hierarchies: readonly CgroupHierarchy[]): BootPlan => ({
  hostname: 'node-1',
  address: '10.89.0.11',
  bridge: { name: 'plt-abc', range: '10.89.0.0/24', hostAddress: '10.89.0.1' },
  port: 'pltm-0123456789',
  hierarchies,
  cgroups: ['/sys/fs/cgroup/cpu/a place/pilothouse/node-1'],
});

test('both scripts are what a shell understands', () => {
  for (const script of [launchScript(plan([v2])), bootScript(plan([v2])), bootScript(plan([v1(['cpu'], 'cpu')]))]) {
    execFileSync('sh', ['-n'], { input: script });
  }
});

test('the launcher joins every cgroup before it makes the cgroup namespace', () => {
  const lines = launchScript(plan([v2])).split('\n');
  const joined = lines.indexOf("echo 0 > '/sys/fs/cgroup/cpu/a place/pilothouse/node-1/cgroup.procs'");
  expect(joined).toBeGreaterThan(0);
  expect(lines.findIndex((line) => line.includes('unshare'))).toBeGreaterThan(joined);
});

test('version 2 is mounted as one, version 1 hierarchy by hierarchy', () => {
  expect(cgroupMounts([v2])).toEqual(['mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 root/sys/fs/cgroup']);
  const hybrid = [v1(['cpu', 'cpuacct'], 'cpu,cpuacct'), v1(['name=systemd'], 'systemd'), v2];
  expect(cgroupMounts(hybrid)).toEqual([
    'mount -t cgroup -o cpu,cpuacct cgroup root/sys/fs/cgroup/cpu,cpuacct',
    "mount -t cgroup -o 'none,name=systemd' cgroup root/sys/fs/cgroup/systemd",
    'mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 root/sys/fs/cgroup/unified',
  ]);
  expect(bootScript(plan(hybrid))).toContain('ln -s cpu,cpuacct root/sys/fs/cgroup/cpuacct');
});

test('the hardware address follows from the address, so that a restart confuses no ARP cache', () => {
  expect(bootScript(plan([v2]))).toContain('peer name eth0 address 02:42:0a:59:00:0b netns 1');
});

function cgroupMounts(hierarchies: readonly CgroupHierarchy[]): string[] {
  return bootScript(plan(hierarchies))
    .split('\n')
    .filter((line) => /^mount -t cgroup2? /.test(line));
}
