import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { podLimits } from './pod-cgroups.ts';
import { cgroupsV1 } from './v1.ts';
import { cgroupsV2, cpuWeight } from './v2.ts';

// A directory stands in for the mount: the kernel's files are made when they are first written.
let mount: string;
const clock = new VirtualClock();

beforeEach(async () => {
  mount = await mkdtemp(path.join(tmpdir(), 'cgroups-'));
});

afterEach(() => rm(mount, { recursive: true }));

const read = (file: string) => readFile(path.join(mount, file), 'utf8');

describe('control groups of version 1', () => {
  it('are made in the hierarchies that limit, and found in all, each of which counts once', async () => {
    for (const name of ['cpu,cpuacct', 'memory', 'pids/kubepods/podB']) {
      await mkdir(path.join(mount, name), { recursive: true });
    }
    await symlink('cpu,cpuacct', path.join(mount, 'cpu'));
    const groups = await cgroupsV1(mount, clock);
    await groups.apply('/kubepods/podA', { cpuShares: 102, cpuQuotaUs: 20_000, cpuPeriodUs: 100_000, memoryBytes: 5 });
    expect(await read('cpu/kubepods/podA/cpu.shares')).toBe('102');
    expect(await read('cpu/kubepods/podA/cpu.cfs_quota_us')).toBe('20000');
    expect(await read('memory/kubepods/podA/memory.limit_in_bytes')).toBe('5');
    expect([...(await groups.children('/kubepods'))].sort()).toEqual(['podA', 'podB']);
    await groups.remove('/kubepods/podB');
    expect(await groups.children('/kubepods')).toEqual(['podA']);
    await groups.remove('/kubepods/none');
  });
});

describe('control groups of version 2', () => {
  it('are given their controllers from above', async () => {
    await mkdir(path.join(mount, 'kubepods/podA'), { recursive: true });
    await writeFile(path.join(mount, 'cgroup.controllers'), 'cpuset cpu io memory hugetlb pids rdma\n');
    await writeFile(path.join(mount, 'kubepods/cgroup.controllers'), 'cpu memory\n');
    const groups = cgroupsV2(mount, clock);
    await groups.apply('/kubepods/podA', { cpuShares: 1024, cpuQuotaUs: 50_000, memoryBytes: 7 });
    expect(await read('cgroup.subtree_control')).toBe('+cpuset +cpu +io +memory +pids');
    expect(await read('kubepods/cgroup.subtree_control')).toBe('+cpu +memory');
    expect(await read('kubepods/podA/cpu.weight')).toBe('39');
    expect(await read('kubepods/podA/cpu.max')).toBe('50000 100000');
    expect(await read('kubepods/podA/memory.max')).toBe('7');
    expect(await groups.children('/kubepods')).toEqual(['podA']);
  });

  it.each([
    [2, 1],
    [102, 4],
    [1024, 39],
    [262_144, 10_000],
  ])('weigh %i shares as %i', (shares, weight) => {
    expect(cpuWeight(shares)).toBe(weight);
  });
});

describe('the limits of a pod', () => {
  const container = (limits: Readonly<Record<string, string>>, requests: Readonly<Record<string, string>> = {}) => ({
    name: 'c',
    resources: { limits, requests },
  });

  it('are the sums, where every container has one', () => {
    expect(podLimits([container({ cpu: '1', memory: '1Ki' }), container({ cpu: '500m', memory: '2Ki' })])).toEqual({
      cpuShares: 1536,
      cpuQuotaUs: 150_000,
      cpuPeriodUs: 100_000,
      memoryBytes: 3072,
    });
    expect(podLimits([container({ cpu: '1' }, { cpu: '100m' }), container({})])).toEqual({ cpuShares: 102 });
    expect(podLimits([{ name: 'c' }])).toEqual({ cpuShares: 2 });
  });
});
