import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { nameSuffix, secureRandom } from '#common/base/random.ts';
import { createClusterSchema } from '#common/contract/cluster.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { nodes } from '#common/kube/resources.ts';
import { openApp, type App } from '../../main/clusters/app.ts';
import { cacheDirectory } from '../../main/clusters/home.ts';
import { findLayout } from '../../main/layout.ts';
import { buildAgent } from '../../scripts/build/agent.ts';
import { buildImages } from '../../scripts/build/images.ts';
import { buildMain } from '../../scripts/build/main.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { MultipassStandin } from '../standins/multipass/standin.ts';
import { hostTraces, NO_TRACES } from '../support/host-traces.ts';
import { removeHome, temporaryHome } from '../support/app.ts';
import { canRunMachines } from './machines-lab/lab.ts';

describe.runIf(canRunMachines)('a cluster on machines of Multipass', () => {
  const machines = `mp${nameSuffix(secureRandom, 8)}`;
  let standin: MultipassStandin;
  let home: string;
  let app: App;

  beforeAll(async () => {
    const cache = cacheDirectory(process.env);
    standin = await MultipassStandin.open({
      backend: { kind: 'namespace', cluster: machines, cacheDirectory: cache },
      noise: true,
    });
    for (const task of [buildSchemas, buildMain, buildAgent, buildImages]) await runTask(task);
    home = await temporaryHome();
    vi.stubEnv('PILOTHOUSE_MULTIPASS', standin.executable);
    app = await openApp({
      home,
      cache,
      layout: findLayout(),
      door: 'browser',
      languages: ['en'],
      log: silentLog,
      quit: () => undefined,
    });
  }, 300_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await app.close();
    await standin[Symbol.asyncDispose]();
    await removeHome(home);
  }, 60_000);

  test('is created to a node that is ready, and deleted without a trace', { timeout: 180_000 }, async () => {
    const GIB = 2 ** 30;
    const wanted = { name: 'demo', provider: 'multipass', nodes: 1, cpus: 1, memoryBytes: GIB, diskBytes: 8 * GIB };
    const id = await app.clusters.create(createClusterSchema.parse(wanted));
    const cluster = app.clusters.get(id);
    const ended = new AbortController().signal;
    await expect
      .poll(() => cluster.progress?.state ?? 'running', { interval: 100, timeout: 150_000 })
      .not.toBe('running');
    expect(cluster.summary.error).toBeUndefined();
    expect(cluster.progress?.state).toBe('done');

    const { items } = await cluster.controlPlane.client.list(nodes, {}, ended);
    expect(items.map((node) => [node.metadata.name, isNodeReady(node)])).toEqual([['demo-1', true]]);
    const status = items[0]?.status;
    expect(status?.addresses).toContainEqual({ type: 'InternalIP', address: cluster.summary.nodes[0]?.address });
    expect(status?.capacity?.['cpu']).toBe('1');
    expect(status?.nodeInfo?.containerRuntimeVersion).toMatch(/^containerd:\/\//);
    const [instance] = await standin.instances.all();
    expect(instance).toMatchObject({ name: `${id}-demo-1`, state: 'Running', image: '24.04' });

    await cluster.delete();
    await expect.poll(() => cluster.isGone, { interval: 100, timeout: 30_000 }).toBe(true);
    expect(await standin.instances.all()).toEqual([]);
    expect(await hostTraces(id, ['demo-1'])).toEqual(NO_TRACES);
    expect(await hostTraces(machines, [])).toEqual(NO_TRACES);
  });
});
