import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { realClock } from '#common/base/clock.ts';
import { lineLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { createClusterSchema, type ClusterId } from '#common/contract/cluster.ts';
import { nodes } from '#common/kube/resources.ts';
import { MemoryMachines } from '../support/memory-machines.ts';
import { readJournal } from '../support/journal.ts';
import { until } from '../support/until.ts';
import { buildMain } from '../../scripts/build/main.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { findLayout } from '../../main/layout.ts';
import type { Cluster } from '../../main/clusters/cluster.ts';
import { Clusters } from '../../main/clusters/clusters.ts';
import type { ClusterContext } from '../../main/clusters/context.ts';
import { openHome, type Home } from '../../main/clusters/home.ts';
import { saveRecord, type ClusterRecord } from '../../main/clusters/record.ts';

let directory: string;
let home: Home;
let machines: MemoryMachines;
let clusters: Clusters;
let logged: string[];

beforeAll(() => Promise.all([runTask(buildSchemas), runTask(buildMain)]));
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-clusters-'));
  home = await openHome(directory);
  machines = new MemoryMachines();
  logged = [];
  clusters = await open();
});
afterEach(async () => {
  await clusters[Symbol.asyncDispose]();
  home[Symbol.dispose]();
  await rm(directory, { recursive: true });
});

/** As the app does when it starts. */
function open(): Promise<Clusters> {
  const context: ClusterContext = {
    home,
    layout: findLayout(),
    // Nothing gets as far as a machine.
    assets: { version: '1.0.0', agentBundle: '', templates: '', nodeRuntime: () => undefined, images: () => [] },
    providers: { namespace: machines },
    clock: realClock,
    random: secureRandom,
    log: lineLog((line) => logged.push(line)),
  };
  return Clusters.open(context);
}

const wanted = (change: object = {}) => createClusterSchema.parse({ name: 'home', nodes: 2, ...change });
const recordOf = async (id: ClusterId): Promise<ClusterRecord> =>
  JSON.parse(await readFile(path.join(home.cluster(id), 'cluster.json'), 'utf8')) as ClusterRecord;
const stepOf = (cluster: Cluster, id: string) => cluster.progress?.steps.find((step) => step.id === id);
const fails = (call: string, code: 'machine-create-failed' | 'base-image-failed'): void =>
  void machines.before.set(call, () =>
    Promise.reject(new AppError(code, { params: { machine: call, reason: 'because' } })),
  );
/** Holds a call until it is interrupted. */
const hangs = (call: string): void =>
  void machines.before.set(call, (signal) => once(signal, 'abort').then(() => signal.throwIfAborted()));

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A cluster that stands, as it is on disk when the app starts. */
async function standing(change: Partial<ClusterRecord> = {}): Promise<ClusterRecord> {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as { port: number };
  await closed(free);
  const record = {
    format: 1,
    id: 'standing' as ClusterId,
    name: 'standing',
    provider: 'namespace',
    createdAt: 1,
    podRange: '10.244.0.0/16',
    serviceRange: '10.96.0.0/16',
    apiPort: port,
    nodes: [],
    stopped: false,
    ...change,
  } satisfies ClusterRecord;
  await saveRecord(home, record);
  return record;
}

async function closed(server: Server): Promise<void> {
  const done = once(server, 'close');
  server.close();
  await done;
}

async function reopen(): Promise<void> {
  await clusters[Symbol.asyncDispose]();
  clusters = await open();
}

describe('a cluster that is being created', () => {
  it('is on disk before anything is made of it, and its machines come as soon as they can', async () => {
    hangs('prepare');
    const id = await clusters.create(wanted());
    expect(await recordOf(id)).toMatchObject({
      name: 'home',
      unfinished: 'create',
      nodes: [{ name: 'home-1' }, { name: 'home-2' }],
    });
    expect(clusters.summaries()).toMatchObject([
      { id, phase: 'creating', nodes: [{ name: 'home-1', machine: 'absent' }, { name: 'home-2' }] },
    ]);
    expect(machines.machines.size).toBe(0);
  });

  it('that fails says why, and goes on where it failed, on the node that failed only', async () => {
    machines.before.set('create', async (_signal, what) => {
      if (what.endsWith('home-2'))
        throw new AppError('machine-create-failed', { params: { machine: what, reason: 'full' } });
    });
    const id = await clusters.create(wanted());
    const cluster = clusters.get(id);
    const rowOf = (step: string, node: string) => stepOf(cluster, step)?.nodes.find((row) => row.node === node);
    await until(
      () => rowOf('machines', 'home-2')?.state === 'failed' && rowOf('connect', 'home-1')?.state === 'running',
    );
    expect(rowOf('machines', 'home-2')!.error).toMatchObject({ code: 'machine-create-failed' });
    cluster.cancel();
    await until(() => cluster.summary.phase === 'failed');

    machines.before.clear();
    machines.calls.length = 0;
    await cluster.open();
    await until(() => stepOf(cluster, 'machines')?.state === 'done');
    expect(machines.calls).toEqual([`prepare ${id}`, `create ${id}-home-2`, `start ${id}-home-2`]);
    expect(cluster.summary).toMatchObject({
      phase: 'creating',
      nodes: [{ machine: 'running', address: '127.0.0.1' }, { machine: 'running' }],
    });
    // Its master answers already, before any node has joined.
    expect((await cluster.controlPlane.client.list(nodes)).items).toEqual([]);
  });

  it('goes on after the app was ended', async () => {
    const id = await clusters.create(wanted({ nodes: 1 }));
    await until(() => stepOf(clusters.get(id), 'connect')?.state === 'running');
    await reopen();
    expect(clusters.summaries()).toMatchObject([{ id, phase: 'creating' }]);
    await until(() => stepOf(clusters.get(id), 'connect')?.state === 'running');
    expect(machines.calls.filter((call) => call.startsWith('create'))).toHaveLength(1);
  });

  it('is not begun a second time, and does not fail for that', async () => {
    hangs('prepare');
    const id = await clusters.create(wanted());
    const cluster = clusters.get(id);
    await until(() => stepOf(cluster, 'prepare')?.state === 'running');
    const began = (await readJournal(home.directory)).length;
    await Promise.all([cluster.open(), cluster.open()]);
    expect(await readJournal(home.directory)).toHaveLength(began);
    await expect(cluster.stop()).rejects.toMatchObject({ code: 'cluster-busy', params: { cluster: 'home' } });
    expect(cluster.summary).toMatchObject({ phase: 'creating' });
    expect(cluster.summary.error).toBeUndefined();
  });

  it('that is cancelled says so, and can be deleted without a trace', async () => {
    const id = await clusters.create(wanted());
    const cluster = clusters.get(id);
    await until(() => stepOf(cluster, 'connect')?.state === 'running');
    cluster.cancel();
    await until(() => cluster.summary.phase === 'failed');
    expect(cluster.summary.error?.code).toBe('cancelled');
    expect(cluster.progress?.state).toBe('cancelled');
    await cluster.delete();
    await until(() => cluster.isGone);
    expect(clusters.summaries()).toEqual([]);
    expect(machines.machines.size).toBe(0);
    expect(machines.calls.at(-1)).toBe(`release ${id}`);
    expect(existsSync(home.cluster(id))).toBe(false);
  });

  it('is deleted while it is being created', async () => {
    const id = await clusters.create(wanted());
    const cluster = clusters.get(id);
    await until(() => stepOf(cluster, 'connect')?.state === 'running');
    await cluster.delete();
    await until(() => cluster.isGone);
    expect([machines.machines.size, existsSync(home.cluster(id))]).toEqual([0, false]);
  });
});

describe('what cannot be created', () => {
  it('a name that is taken', async () => {
    hangs('prepare');
    await clusters.create(wanted());
    await expect(clusters.create(wanted())).rejects.toMatchObject({
      code: 'cluster-name-taken',
      params: { name: 'home' },
    });
    expect(clusters.summaries()).toHaveLength(1);
  });

  it('by a provider that this computer does not have; nothing of it is kept', async () => {
    await expect(clusters.create(wanted({ provider: 'multipass' }))).rejects.toBeInstanceOf(AppError);
    expect(await readdir(home.clusters)).toEqual([]);
    await reopen();
    expect(clusters.summaries()).toEqual([]);
    hangs('prepare');
    await clusters.create(wanted());
  });
});

it('clusters that are created at the same time share neither ports nor ranges', async () => {
  hangs('prepare');
  const ids = await Promise.all(['a', 'b', 'c'].map((name) => clusters.create(wanted({ name }))));
  const records = await Promise.all(ids.map(recordOf));
  expect(new Set(records.map(({ apiPort }) => apiPort)).size).toBe(3);
  expect(new Set(records.flatMap(({ podRange, serviceRange }) => [podRange, serviceRange])).size).toBe(6);
});

describe('a delete that failed', () => {
  it('is taken up again when the app starts', async () => {
    const id = await clusters.create(wanted({ nodes: 1 }));
    await until(() => stepOf(clusters.get(id), 'connect')?.state === 'running');
    fails('delete', 'machine-create-failed');
    await clusters.get(id).delete();
    await until(() => clusters.get(id).summary.phase === 'failed');
    expect(machines.machines.size).toBe(1);
    expect(await recordOf(id)).toMatchObject({ unfinished: 'delete' });
    machines.before.clear();
    await reopen();
    await until(() => clusters.summaries().length === 0);
    expect([machines.machines.size, existsSync(home.cluster(id))]).toEqual([0, false]);
  });
});

describe('machines that cannot be reached any more', () => {
  it('hold up the delete of their cluster, unless it lets go of them', async () => {
    const id = await clusters.create(wanted());
    const cluster = clusters.get(id);
    await until(() => stepOf(cluster, 'connect')?.state === 'running');
    machines.before.set('delete', (_signal, what) =>
      what.endsWith('home-2')
        ? Promise.reject(new AppError('ssh-unreachable', { params: { host: what, port: 22, reason: 'EHOSTUNREACH' } }))
        : Promise.resolve(),
    );
    await cluster.delete();
    await until(() => cluster.summary.phase === 'failed');
    expect(cluster.summary.error?.code).toBe('ssh-unreachable');
    await cluster.delete(true);
    await until(() => cluster.isGone);
    expect(machines.calls.filter((call) => /^(delete|abandon)/.test(call))).toEqual([
      `delete ${id}-home-1`,
      `abandon ${id}-home-2`,
    ]);
  });
});

describe('a cluster that stands', () => {
  it('is running as soon as its master answers, whatever its machines do', async () => {
    hangs('prepare');
    const { id, apiPort } = await standing();
    await reopen();
    const cluster = clusters.get(id);
    expect(cluster.summary.phase).toBe('starting');
    await until(() => cluster.summary.phase === 'running');
    expect(cluster.summary.server).toBe(`https://127.0.0.1:${apiPort}`);
    expect((await cluster.controlPlane.client.list(nodes)).items).toEqual([]);
    expect(await readFile(path.join(home.cluster(id), 'kubeconfig'), 'utf8')).toContain(`https://127.0.0.1:${apiPort}`);
  });

  it('that is told to start twice starts once', async () => {
    hangs('prepare');
    const { id } = await standing();
    await reopen();
    const cluster = clusters.get(id);
    await until(() => stepOf(cluster, 'prepare')?.state === 'running');
    const began = (await readJournal(home.directory)).length;
    await cluster.open();
    expect(await readJournal(home.directory)).toHaveLength(began);
    await until(() => cluster.summary.phase === 'running');
    expect(cluster.summary.error).toBeUndefined();
  });

  it.each([
    ['the app is ended', async () => clusters[Symbol.asyncDispose]()],
    [
      'it is deleted',
      async (id: ClusterId) => {
        const cluster = clusters.get(id);
        await cluster.delete();
        await until(() => cluster.isGone);
      },
    ],
  ])('leaves nothing running when %s while it starts', async (_, act) => {
    const { id, apiPort } = await standing();
    await reopen();
    expect(clusters.get(id).summary.phase).toBe('starting');
    await act(id);
    expect(await isListening(apiPort)).toBe(false);
  });

  it('whose port someone else has says so, and starts once it is free', async () => {
    const { id, apiPort } = await standing();
    const other = createServer().listen(apiPort, '127.0.0.1');
    await once(other, 'listening');
    await reopen();
    const cluster = clusters.get(id);
    await until(() => cluster.summary.phase === 'failed');
    expect(cluster.summary.error).toMatchObject({ code: 'port-in-use', params: { port: apiPort } });
    expect(() => cluster.controlPlane).toThrow(expect.objectContaining({ code: 'port-in-use' }) as Error);
    await closed(other);
    hangs('prepare');
    await cluster.open();
    await until(() => cluster.summary.phase === 'running');
  });

  it('stands when one of its machines does not come back', async () => {
    const node = { name: 'n-1', cpus: 1, memoryBytes: 2 ** 30, diskBytes: 2 ** 32, stopped: false };
    const { id } = await standing({ nodes: [node] });
    await reopen();
    const cluster = clusters.get(id);
    await until(() => cluster.progress?.state === 'failed');
    await until(() => cluster.summary.error);
    expect(cluster.summary).toMatchObject({ phase: 'running', error: { code: 'machine-missing' } });
  });

  it('leaves the machines alone that the user has stopped', async () => {
    const node = { name: 'n-1', cpus: 1, memoryBytes: 2 ** 30, diskBytes: 2 ** 32, stopped: true };
    const { id } = await standing({ nodes: [node] });
    await reopen();
    await until(() => clusters.get(id).progress?.state === 'done');
    expect(machines.calls).toEqual(['prepare standing']);
  });
});

describe('a home with something in it that cannot be read', () => {
  it('opens with the rest, and leaves it as it is', async () => {
    hangs('prepare');
    const { id } = await standing();
    const broken = path.join(home.clusters, 'broken00');
    const file = path.join(broken, 'cluster.json');
    await mkdir(broken);
    await writeFile(file, '{"format":1,"id":"broken00"');
    await saveRecord(home, {
      ...(await recordOf(id)),
      id: 'elsewhere' as ClusterId,
      name: 'elsewhere',
      provider: 'multipass',
    });
    await mkdir(path.join(home.clusters, 'empty000'));
    await writeFile(path.join(home.clusters, '.DS_Store'), '');
    await reopen();
    expect(clusters.summaries().map((summary) => summary.id)).toEqual([id]);
    expect(logged.filter((line) => line.includes('ERROR')).join('\n')).toMatch(/broken00[^]*elsewhere/);
    expect(await readFile(file, 'utf8')).toBe('{"format":1,"id":"broken00"');
  });
});

describe('a cluster that a newer app has had', () => {
  it.each([
    ['by its version', { version: '1.0.1' }, '1.0.1'],
    ['by the format of its record', { format: 2, version: '2.0.0' }, '2.0.0'],
  ])('is shown, refused and left as it is: %s', async (_, change, version) => {
    const { id } = await standing({ ...change, stopped: true });
    const file = path.join(home.cluster(id), 'cluster.json');
    const before = await readFile(file, 'utf8');
    await reopen();
    const cluster = clusters.get(id);
    const newer = { code: 'cluster-newer', params: { cluster: 'standing', version } };
    expect(cluster.summary).toMatchObject({ phase: 'failed', error: newer });
    for (const attempt of [cluster.open(), cluster.stop(), cluster.delete()]) {
      await expect(attempt).rejects.toMatchObject(newer);
    }
    clusters.awoke();
    expect(machines.calls).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('is not one that an older or the same app has had: its record tells of this one from then on', async () => {
    hangs('prepare');
    const { id } = await standing({ version: '0.9.0' });
    await reopen();
    await until(() => clusters.get(id).summary.phase === 'running');
    expect(await recordOf(id)).toMatchObject({ format: 1, version: '1.0.0' });
  });
});
