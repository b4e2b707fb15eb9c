import { expect, test } from 'vitest';
import type { CgroupHierarchy } from './cgroups.ts';
import { missingControllers, missingUnifiedControllers } from './kernel-features.ts';

const hierarchy = (...controllers: string[]): CgroupHierarchy => ({ version: 1, controllers, mountPoint: '', own: '' });

test('version 1 needs a hierarchy for each controller, and one for systemd', () => {
  const all = [hierarchy('cpu', 'cpuacct'), hierarchy('memory'), hierarchy('pids'), hierarchy('name=systemd')];
  expect(missingControllers(all)).toEqual([]);
  expect(missingControllers(all.slice(0, 2))).toEqual(['cgroup pids', 'cgroup name=systemd']);
});

test.each([
  ['a host', { isRealRoot: true, processes: '1\n2\n', handedDown: 'cpu\n' }, []],
  ['a container whose processes stand in the way', { isRealRoot: false, processes: '1\n', handedDown: 'cpu\n' }, 2],
  ['a container that made way', { isRealRoot: false, processes: '', handedDown: '' }, []],
  ['a container that was handed all', { isRealRoot: false, processes: '1\n', handedDown: 'cpu memory pids\n' }, []],
] as const)('version 2 in %s', (_, root, missing) => {
  const found = missingUnifiedControllers({ offered: 'cpuset cpu io memory pids\n', ...root });
  expect(found).toEqual(missing === 2 ? ['cgroup memory', 'cgroup pids'] : missing);
});
