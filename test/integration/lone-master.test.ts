import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configMaps } from '#common/kube/resources.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { findKubectl } from '../support/kubectl.ts';
import { LoneMaster, refusedMaster } from '../support/lone-master.ts';

let directory: string;
const running: LoneMaster[] = [];
let homes = 0;
const fresh = (): string => path.join(directory, String(++homes));

async function start(data: string): Promise<LoneMaster> {
  const master = await LoneMaster.start({ directory: data });
  running.push(master);
  return master;
}

beforeAll(async () => {
  await runTask(buildSchemas);
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-lone-'));
});
afterEach(async () => {
  for (const master of running.splice(0)) await master.end('SIGKILL');
});
afterAll(() => rm(directory, { recursive: true }));

const namespace = 'default';
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: { name, namespace },
  data,
});

describe('a lone master', () => {
  it('ends by SIGTERM with 0 within two seconds, while watches are open', async () => {
    const master = await start(fresh());
    await using client = master.client();
    const watching = ['pods', 'cm', 'events'].map((kind) => {
      const child = spawn(findKubectl('1.33'), ['get', kind, '-w', '-o', 'name'], {
        env: { KUBECONFIG: master.kubeconfig, HOME: directory },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return { kind, child, exited: once(child, 'exit') };
    });
    await client.create(configMaps, configMap('seen'));
    const { child } = watching.find(({ kind }) => kind === 'cm')!;
    await once(child.stdout, 'data');
    const abort = new AbortController();
    const { resourceVersion } = await client.list(configMaps, { namespace });
    const own = (async () => {
      const seen: string[] = [];
      const options = { namespace, resourceVersion };
      for await (const { type } of client.watch(configMaps, options, abort.signal)) seen.push(type);
      return seen;
    })().catch(() => []);

    const started = performance.now();
    expect(await master.end('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
    abort.abort();
    expect(await own).toEqual([]);
    for (const { child: watcher, exited } of watching) {
      watcher.kill();
      await exited;
    }
  });

  it('loses nothing that it has acknowledged when it is killed while many write', async () => {
    const data = fresh();
    const master = await start(data);
    const acknowledged = new Map<string, string>();
    const enough = Promise.withResolvers<void>();
    {
      await using client = master.client();
      const writers = Array.from({ length: 16 }, async (_, writer) => {
        // Until the master is gone: then the connection is refused.
        for (let index = 0; ; index++) {
          const name = `w${writer}-${index}`;
          await client.create(configMaps, configMap(name, { index: '0' }));
          acknowledged.set(name, '0');
          await client.patch(configMaps, { namespace, name }, 'merge', { data: { index: '1' } });
          acknowledged.set(name, '1');
          if (acknowledged.size >= 300) enough.resolve();
        }
      });
      const ended = Promise.allSettled(writers);
      await enough.promise;
      await master.end('SIGKILL');
      await ended;
    }
    const again = await start(data);
    await using client = again.client();
    const { items } = await client.list(configMaps, { namespace });
    const there = new Map(items.map(({ metadata, data: { index = '' } = {} }) => [metadata.name, index]));
    expect(acknowledged.size).toBeGreaterThanOrEqual(300);
    // A write that was not answered may be there all the same, so what is there may be newer.
    for (const [name, index] of acknowledged)
      expect(Number(there.get(name)), name).toBeGreaterThanOrEqual(Number(index));
    expect(await again.end('SIGTERM')).toBe(0);
  });

  it('goes on where it was, under the same authority', async () => {
    const data = fresh();
    const first = await start(data);
    await using before = first.client();
    const made = await before.create(configMaps, configMap('kept', { a: 'b' }));
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await start(data);
    await using after = second.client();
    expect(await after.get(configMaps, { namespace, name: 'kept' })).toEqual(made);
    const next = await after.create(configMaps, configMap('next'));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
  });
});

describe('a lone master that cannot start', () => {
  it("says whose port it is, in the user's language", async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const args = ['--data', fresh(), '--listen', `127.0.0.1:${port}`];
    expect(await refusedMaster(args)).toEqual({
      code: 2,
      stderr: `pilothouse: Port ${port} is in use\n  Choose another port, or end the program that listens on it.\n`,
    });
    expect(await refusedMaster(args, 'zh_CN.UTF-8')).toEqual({
      code: 2,
      stderr: `pilothouse: 端口 ${port} 已被占用\n  请选择其他端口，或结束占用该端口的程序。\n`,
    });
    const closed = once(other, 'close');
    other.close();
    await closed;
  });

  it('says that its data are in use', async () => {
    const data = fresh();
    await start(data);
    const { code, stderr } = await refusedMaster(['--data', data, '--listen', '127.0.0.1:0']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Another Pilothouse is using ${data}`)]);
  });

  it.runIf(process.platform === 'linux')('says that its data cannot be kept where no directory can be', async () => {
    const { code, stderr } = await refusedMaster(['--data', '/proc/x', '--listen', '127.0.0.1:0']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('/proc/x')]);
    expect(stderr).toMatch(/^pilothouse: /);
  });

  it.each([
    [['--listen', 'localhost'], '--listen: give an IPv4 address and a port, such as 127.0.0.1:6443'],
    [['--store', 'etcd'], '--store: '],
    [['--data', ''], '--data: '],
  ])('says what is wrong with %j, and that it is bad use', async (args, message) => {
    const { code, stderr } = await refusedMaster(['--data', fresh(), ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
