import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock, sleep } from '#common/base/clock.ts';
import { runTool, ToolError } from '../../main/machines/host-tool.ts';
import { baseImageDirectory } from '../../main/machines/namespace/base-image.ts';
import { removeLink } from '../../main/machines/namespace/bridge.ts';
import {
  isUnified,
  machineCgroup,
  makeCgroups,
  readHierarchies,
  removeCgroups,
} from '../../main/machines/namespace/cgroups.ts';
import { passDocker, unpassDocker } from '../../main/machines/namespace/docker-firewall.ts';
import { bridgeName } from '../../main/machines/namespace/link-names.ts';
import type { Nft } from '../../main/machines/namespace/nft.ts';
import { parseIdentity } from '../../main/machines/namespace/process-identity.ts';
import type { Machine, Progress } from '../../main/machines/provider.ts';
import { hostTraces, noTraces } from './machines-lab/host-traces.ts';
import { cacheDirectory, canRunMachines, GIB, MachinesLab } from './machines-lab/lab.ts';

const NODES = ['one', 'two'];

// The tests tell one story, in order, on the same two machines.
describe.runIf(canRunMachines)('namespace machines', () => {
  let lab: MachinesLab;
  let one: Machine;
  let two: Machine;

  beforeAll(async () => {
    lab = await MachinesLab.open();
    const told: { at: number; progress: Progress }[] = [];
    const network = await lab.provider.prepare(
      lab.cluster,
      (progress) => told.push({ at: realClock.monotonic(), progress }),
      lab.signal,
    );
    expect(network.sharedLink).toBe(true);
    // Only the first run on a host builds a base image; then nobody may be left without news.
    for (const [index, { at }] of told.entries()) expect(at - (told[index - 1]?.at ?? at)).toBeLessThan(2_000);
  }, 300_000);

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test('start with SSH, their limits, and each other in reach', async () => {
    one = await lab.createAndStart('one');
    two = await lab.createAndStart('two');
    expect([one.state, two.state]).toEqual(['running', 'running']);
    await using connection = await lab.login(one);
    await using _other = await lab.login(two);
    const run = async (...argv: string[]): Promise<string> =>
      (await connection.run(argv, { signal: lab.signal })).stdout.trim();
    expect(await run('uname', '-n')).toBe('one');
    expect(await run('ps', '-p', '1', '-o', 'comm=')).toBe('systemd');
    expect(['running', 'degraded', 'starting']).toContain(
      (await connection.run(['systemctl', 'is-system-running'], { signal: lab.signal, accept: [0, 1] })).stdout.trim(),
    );
    await run('ping', '-c', '1', '-W', '2', two.ssh!.host);
    const unified = isUnified(await readHierarchies());
    const limit = unified ? '/sys/fs/cgroup/memory.max' : '/sys/fs/cgroup/memory/memory.limit_in_bytes';
    expect(Number(await run('cat', limit))).toBe(GIB);
    const quota = unified ? '/sys/fs/cgroup/cpu.max' : '/sys/fs/cgroup/cpu/cpu.cfs_quota_us';
    expect(Number.parseInt(await run('cat', quota), 10)).toBe(100_000);
  });

  test('cannot change the settings of the host', async () => {
    await using connection = await lab.login(one);
    const write = (file: string): Promise<unknown> =>
      connection.run(['dd', `of=${file}`, 'status=none'], { signal: lab.signal, input: '1' });
    await expect(write('/proc/sys/kernel/panic')).rejects.toMatchObject({ code: 'remote-command-failed' });
    await write('/proc/sys/net/ipv4/ip_forward');
  });

  test('get past Docker on the host, which forwards nothing that it does not know', async () => {
    // A machine stands in for a host with Docker: it has a network, and an nftables, of its own.
    await using connection = await lab.login(one);
    const nft: Nft = {
      run: async (args, input) => {
        const options = { signal: lab.signal, ...(input === undefined ? {} : { input }) };
        return connection.run(['nft', ...args], options).then(
          ({ stdout }) => stdout,
          (error: unknown) => Promise.reject(new ToolError('nft', args, error)),
        );
      },
    };
    const rules = async (): Promise<string[]> =>
      (await nft.run(['list', 'chain', 'ip', 'filter', 'DOCKER-USER']))
        .split('\n')
        .filter((line) => line.includes('plt-'));
    await passDocker('plt-a', nft);
    await nft.run(
      ['-f', '-'],
      `table ip filter {
        chain DOCKER-USER { counter return; }
        chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
      }\n`,
    );
    await passDocker('plt-a', nft);
    await passDocker('plt-b', nft);
    await passDocker('plt-a', nft);
    expect(await rules()).toHaveLength(4);
    await unpassDocker('plt-b', nft);
    expect((await rules()).every((rule) => /[io]ifname "plt-a" counter packets 0 bytes 0 accept/.test(rule))).toBe(
      true,
    );
    await unpassDocker('plt-a', nft);
    expect(await rules()).toEqual([]);
    await nft.run(['delete', 'table', 'ip', 'filter']);
    await unpassDocker('plt-a', nft);
  });

  test('can be seen on the host while they run', async () => {
    const traces = await hostTraces(lab, NODES);
    expect(traces.links).toHaveLength(3);
    // All mounts are made in the machines' own namespaces.
    expect(traces.mounts).toEqual([]);
    expect(traces.cgroups.length).toBeGreaterThan(0);
    expect(traces.processes.length).toBeGreaterThan(NODES.length);
    expect(traces.rules).toHaveLength(1);
    expect(traces.files).toEqual([lab.cluster]);
  });

  test('are found again by another run of the app, with the same address and keys', async () => {
    expect(await lab.newProvider().list(lab.cluster)).toEqual([one, two]);
  });

  test('to create and start them once more changes nothing', async () => {
    expect(await lab.createAndStart('one')).toEqual(one);
  });

  test('keep their files over stop and start', async () => {
    const files = ['/root/kept', '/var/lib/kept', '/etc/kept'];
    {
      await using connection = await lab.login(one);
      await connection.run(['touch', ...files], { signal: lab.signal });
    }
    const stopped = await lab.provider.stop(lab.cluster, one.name, lab.signal);
    expect(stopped).toMatchObject({ state: 'stopped' });
    expect(stopped.ssh).toBeUndefined();
    const traces = await hostTraces(lab, ['one']);
    expect(traces.links).toHaveLength(1);
    expect(traces.cgroups.filter((directory) => directory.endsWith(one.name))).toEqual([]);

    expect(await lab.provider.start(lab.cluster, one.name, lab.signal)).toEqual(one);
    await using connection = await lab.login(one);
    await connection.run(['ls', ...files], { signal: lab.signal });
  });

  test('that die are seen as stopped, and start again', async () => {
    const file = path.join(lab.stateDirectory, lab.cluster, two.name, 'process');
    const { pid } = parseIdentity(await readFile(file, 'utf8'))!;
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await lab.provider.info(lab.cluster, two.name)).state).toBe('stopped');
    expect(await lab.provider.start(lab.cluster, two.name, lab.signal)).toEqual(two);
    await using _connection = await lab.login(two);
  });

  test('whose process number was taken by another are seen as stopped', async () => {
    const file = path.join(lab.stateDirectory, lab.cluster, two.name, 'process');
    const text = await readFile(file, 'utf8');
    const own = await readFile(`/proc/${process.pid}/stat`, 'utf8');
    const { pid, startTime } = parseIdentity(text)!;
    // Our own process stands in for the stranger, with the machine's start time.
    const stranger = own.replace(/\) (.*)$/s, (_, rest: string) => {
      const fields = rest.trim().split(' ');
      fields[19] = String(startTime);
      return `) ${fields.join(' ')}`;
    });
    await writeFile(file, `${text.split('\n')[0] ?? ''}\n${stranger}\n`);
    expect(await lab.provider.info(lab.cluster, two.name)).toMatchObject({ state: 'stopped' });
    await writeFile(file, text);
    expect(await lab.provider.info(lab.cluster, two.name)).toMatchObject({ state: 'running' });
    expect(pid).not.toBe(process.pid);
  });

  test('outlive the app that started them, however it ends', async () => {
    await lab.provider.stop(lab.cluster, one.name, lab.signal);
    const script = path.join(import.meta.dirname, 'machines-lab/start-and-stay.ts');
    const app = spawn(process.execPath, [script, lab.stateDirectory, cacheDirectory, lab.cluster, one.name]);
    const ended = once(app, 'exit');
    await once(app.stdout, 'data');
    app.kill('SIGKILL');
    await ended;
    expect(await lab.provider.info(lab.cluster, one.name)).toEqual(one);
    await using connection = await lab.login(one);
    await connection.run(['true'], { signal: lab.signal });
  });

  test('an app that was killed at any moment of a start does not hinder the next one', async () => {
    const script = path.join(import.meta.dirname, 'machines-lab/start-and-stay.ts');
    for (const afterMs of [150, 250, 350, 450]) {
      await lab.provider.stop(lab.cluster, one.name, lab.signal);
      const app = spawn(process.execPath, [script, lab.stateDirectory, cacheDirectory, lab.cluster, one.name]);
      const ended = once(app, 'exit');
      await sleep(realClock, afterMs);
      app.kill('SIGKILL');
      await ended;
      expect(await lab.provider.start(lab.cluster, one.name, lab.signal)).toEqual(one);
    }
    await using _connection = await lab.login(one);
  });

  test('start again after the host was restarted, which forgets links, rules and processes', async () => {
    for (const { name } of [one, two]) {
      const file = path.join(lab.stateDirectory, lab.cluster, name, 'process');
      process.kill(parseIdentity(await readFile(file, 'utf8'))!.pid, 'SIGKILL');
      await expect.poll(async () => (await lab.provider.info(lab.cluster, name)).state).toBe('stopped');
    }
    await removeLink(bridgeName(lab.cluster), lab.signal);
    const image = await baseImageDirectory(cacheDirectory);
    await runTool('chroot', [image, '/usr/sbin/nft', 'delete', 'table', 'inet', `pilothouse-${lab.cluster}`]);
    expect(await lab.provider.start(lab.cluster, one.name, lab.signal)).toEqual(one);
    expect(await lab.provider.start(lab.cluster, two.name, lab.signal)).toEqual(two);
    expect((await hostTraces(lab, NODES)).rules).toHaveLength(1);
    await using connection = await lab.login(one);
    await using _other = await lab.login(two);
    await connection.run(['ping', '-c', '1', '-W', '2', two.ssh!.host], { signal: lab.signal });
  });

  test('what an interrupted create left is thrown away by the next', async () => {
    const coming = path.join(lab.stateDirectory, lab.cluster, `.coming-${lab.machineName('three')}`);
    await mkdir(path.join(coming, 'upper/etc'), { recursive: true });
    expect(await lab.provider.list(lab.cluster)).toHaveLength(2);
    const three = await lab.createAndStart('three');
    expect(three.ssh?.host).not.toBe(one.ssh?.host);
    expect(three.ssh?.host).not.toBe(two.ssh?.host);
    await lab.provider.delete(lab.cluster, three.name, lab.signal);
    expect(await lab.provider.info(lab.cluster, three.name)).toMatchObject({ state: 'absent' });
  });

  test('a start that fails says why, and leaves nothing running', async () => {
    const name = lab.machineName('broken');
    await lab.provider.create(lab.cluster, lab.spec('broken'), () => undefined, lab.signal);
    await rm(path.join(lab.stateDirectory, lab.cluster, name, 'base'));
    await expect(lab.provider.start(lab.cluster, name, lab.signal)).rejects.toMatchObject({
      code: 'machine-start-failed',
      params: { machine: name },
      lines: expect.arrayContaining([expect.stringContaining('mount')]) as unknown,
    });
    const traces = await hostTraces(lab, ['broken']);
    expect(traces.cgroups.filter((directory) => directory.endsWith(name))).toEqual([]);
    await lab.provider.delete(lab.cluster, name, lab.signal);
  });

  test('come and go side by side, though the last that goes takes along what all share', async () => {
    const hierarchies = await readHierarchies();
    const comeAndGo = async (name: string): Promise<void> => {
      const machine = `${lab.cluster}-${name}`;
      const cgroups = hierarchies.map((hierarchy) => machineCgroup(hierarchy, hierarchies, machine));
      for (let time = 0; time < 100; time++) {
        await makeCgroups(hierarchies, machine, { cpus: 1, memoryBytes: GIB });
        await removeCgroups(cgroups, realClock, lab.signal);
      }
    };
    await Promise.all(['three', 'four', 'five'].map(comeAndGo));
  });

  test('leave nothing behind', async () => {
    for (const machine of [one, two]) await lab.provider.delete(lab.cluster, machine.name, lab.signal);
    await lab.provider.delete(lab.cluster, one.name, lab.signal);
    expect(await lab.provider.list(lab.cluster)).toEqual([]);
    await lab.provider.release(lab.cluster, lab.signal);
    expect(await hostTraces(lab, NODES)).toEqual(noTraces);
  });
});
