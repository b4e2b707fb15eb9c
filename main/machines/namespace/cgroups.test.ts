import { expect, test } from 'vitest';
import { isUnified, limitsOf, machineCgroup, parseHierarchies } from './cgroups.ts';

const V1_MOUNTS = `
22 27 0:21 / /proc rw,relatime - proc proc rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:32 / /mnt/again rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
const V1_OWN = `
9:name=systemd:/user.slice/session-1.scope
4:memory:/app/one
2:cpu,cpuacct:/
0::/user.slice
`;

const V2_MOUNTS =
  '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n';
const V2_OWN = '0::/user.slice/user-0.slice/session-3.scope\n';

test('version 1: each hierarchy once, with the place of this process in it', () => {
  const found = parseHierarchies(V1_MOUNTS, V1_OWN);
  expect(isUnified(found)).toBe(false);
  expect(found).toEqual([
    {
      version: 1,
      controllers: ['cpu', 'cpuacct'],
      mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
      own: '/sys/fs/cgroup/cpu,cpuacct/',
    },
    { version: 1, controllers: ['memory'], mountPoint: '/sys/fs/cgroup/memory', own: '/sys/fs/cgroup/memory/app/one' },
    {
      version: 1,
      controllers: ['name=systemd'],
      mountPoint: '/sys/fs/cgroup/systemd',
      own: '/sys/fs/cgroup/systemd/user.slice/session-1.scope',
    },
    {
      version: 2,
      controllers: [],
      mountPoint: '/sys/fs/cgroup/unified',
      own: '/sys/fs/cgroup/unified/user.slice',
    },
  ]);
});

test('version 1: machines lie below our own cgroup, and only their controllers limit them', () => {
  const found = parseHierarchies(V1_MOUNTS, V1_OWN);
  expect(found.map((hierarchy) => machineCgroup(hierarchy, found, 'c-one'))).toEqual([
    '/sys/fs/cgroup/cpu,cpuacct/pilothouse/c-one',
    '/sys/fs/cgroup/memory/app/one/pilothouse/c-one',
    '/sys/fs/cgroup/systemd/user.slice/session-1.scope/pilothouse/c-one',
    '/sys/fs/cgroup/unified/user.slice/pilothouse/c-one',
  ]);
  const limits = { cpus: 1.5, memoryBytes: 1_000_000 };
  expect(found.map((hierarchy) => limitsOf(hierarchy, false, limits))).toEqual([
    [
      ['cpu.cfs_period_us', '100000'],
      ['cpu.cfs_quota_us', '150000'],
    ],
    [['memory.limit_in_bytes', '1000000']],
    [],
    [],
  ]);
});

test('version 2: machines lie at the top, where controllers can be handed down', () => {
  const found = parseHierarchies(V2_MOUNTS, V2_OWN);
  expect(isUnified(found)).toBe(true);
  expect(found).toHaveLength(1);
  expect(machineCgroup(found[0]!, found, 'c-one')).toBe('/sys/fs/cgroup/pilothouse/c-one');
  expect(limitsOf(found[0]!, true, { cpus: 2, memoryBytes: 5 })).toEqual([
    ['cpu.max', '200000 100000'],
    ['memory.max', '5'],
  ]);
});

test('in a container that sees only its part of a hierarchy, paths are those of that part', () => {
  const mounts = '35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n';
  expect(parseHierarchies(mounts, '4:memory:/docker/abc/inner\n')[0]?.own).toBe('/sys/fs/cgroup/memory/inner');
});
