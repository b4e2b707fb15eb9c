import { appendFile, copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { realClock, type Clock } from '#common/base/clock.ts';
import { lineLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { createClusterSchema, type ClusterId } from '#common/contract/cluster.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { nodes, pods, services } from '#common/kube/resources.ts';
import type { Cluster } from '../../main/clusters/cluster.ts';
import { Clusters } from '../../main/clusters/clusters.ts';
import { openHome, type Home } from '../../main/clusters/home.ts';
import type { NodeAssets } from '../../main/install/node-assets.ts';
import { nodePaths } from '../../main/install/node-context.ts';
import { findLayout } from '../../main/layout.ts';
import { namespaceProvider } from '../../main/machines/namespace/provider.ts';
import { CertificateAuthority, YEAR_MS } from '../../main/pki/authority.ts';
import { buildMain } from '../../scripts/build/main.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { until } from '../support/until.ts';
import { cacheDirectory, canRunMachines, GIB } from './machines-lab/lab.ts';
import { builtAssets } from './machines-lab/node-lab.ts';

const NODE = 'up-1';
const signal = new AbortController().signal;
const never = (): void => undefined;

describe.runIf(canRunMachines)('a cluster that stands', () => {
  let directory: string;
  let home: Home;
  let old: NodeAssets;
  let next: NodeAssets;
  let clusters: Clusters;
  let id: ClusterId;
  let url: string;
  let container: Container;
  let lastStart: number | undefined;
  const logged: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-upgrade-'));
    [old] = await Promise.all([builtAssets(), runTask(buildSchemas), runTask(buildMain)]);
    next = await nextVersion(old, path.join(directory, 'next'));
    home = await openHome(path.join(directory, 'home'));
    clusters = await open(old);
    id = await clusters.create(
      createClusterSchema.parse({ name: 'up', nodes: 1, cpus: 1, memoryBytes: GIB, diskBytes: 4 * GIB }),
    );
    await finished('create');
    url = await serveWeb();
    container = await readContainer();
  }, 300_000);

  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    console.error(JSON.stringify([cluster().summary, cluster().progress]), logged.slice(-10));
  });

  afterAll(async () => {
    await cluster().delete();
    await until(() => clusters.summaries().length === 0);
    await clusters[Symbol.asyncDispose]();
    home[Symbol.dispose]();
    await rm(directory, { recursive: true });
  }, 120_000);

  test('with the same app finds nothing to do on its nodes, and is there at once', async () => {
    const agent = await pidOf('pilothouse-agent');
    const { apiMs, doneMs } = await reopen(old);
    console.log(`start of a cluster that stands: API ${apiMs} ms, nodes ${doneMs} ms`);
    expect(await startedSteps()).toEqual(['prepare']);
    expect(await pidOf('pilothouse-agent')).toBe(agent);
  });

  test('gets agent, Node.js and unit of a newer app while its containers go on and answer', async () => {
    const before = await pidOf('pilothouse-agent');
    const watching = new AbortController();
    const asked = answers(watching.signal);
    const { doneMs } = await reopen(next);
    watching.abort();
    const { good, bad } = await asked;
    console.log(`upgrade of a node: ${doneMs} ms; ${good} answers meanwhile`);
    expect(await startedSteps()).toEqual(['prepare', 'update']);
    expect(await readContainer()).toEqual(container);
    expect([bad, good > 10]).toEqual([[], true]);
    const after = await pidOf('pilothouse-agent');
    expect(after).not.toBe(before);
    expect(await run('sha256sum', `/proc/${after}/exe`)).toBe(
      (await run('sha256sum', nodePaths.runtime)).replace(nodePaths.runtime, `/proc/${after}/exe`),
    );
    expect(await run('tail', '-n', '1', nodePaths.agent)).toBe('// of the next version\n');
    expect(await run('systemctl', 'show', '-p', 'LimitNOFILE', 'pilothouse-agent')).toBe('LimitNOFILE=65535\n');
    expect(JSON.parse(await run('cat', nodePaths.installation))).toMatchObject({ version: '1.1.0' });
  });

  test('is left alone by an older app, which says so', async () => {
    const record = path.join(home.cluster(id), 'cluster.json');
    const before = await readFile(record, 'utf8');
    await clusters[Symbol.asyncDispose]();
    clusters = await open(old);
    expect(cluster().summary).toMatchObject({
      phase: 'failed',
      error: { code: 'cluster-newer', params: { cluster: 'up', version: '1.1.0' } },
    });
    for (const attempt of [cluster().open(), cluster().stop(), cluster().delete()]) {
      await expect(attempt).rejects.toMatchObject({ code: 'cluster-newer' });
    }
    expect(await readFile(record, 'utf8')).toBe(before);
  });

  test('whose nodes were brought up by a newer app than its record tells leaves them as they are', async () => {
    await clusters[Symbol.asyncDispose]();
    clusters = await open({ ...next, version: '1.2.0' });
    await finished('start');
    await clusters[Symbol.asyncDispose]();
    // As a home that was restored from a backup.
    const record = path.join(home.cluster(id), 'cluster.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace('1.2.0', '1.1.0'));
    clusters = await open(next);
    await until(() => cluster().progress?.state === 'failed');
    expect(cluster().summary.error).toMatchObject({ code: 'cluster-newer', params: { version: '1.2.0' } });
    next = { ...next, version: '1.2.0' };
    await reopen(next);
  });

  test('comes back after months: all certificates are new, and nothing that ran was touched', async () => {
    const kubeconfig = await readFile(path.join(home.cluster(id), 'kubeconfig'), 'utf8');
    await expireCertificates();
    await clusters[Symbol.asyncDispose]();
    clusters = await open(next);
    const started = performance.now();
    await finished('start');
    console.log(`return with expired certificates: ${Math.round(performance.now() - started)} ms`);
    expect(await startedSteps()).toEqual(['prepare', 'update']);
    for (const name of ['kubelet-client', 'kubelet-server']) {
      await expect.poll(() => expiryOf(name), { timeout: 10_000 }).toBeGreaterThan(Date.now() + YEAR_MS / 2);
    }
    expect(await readFile(path.join(home.cluster(id), 'kubeconfig'), 'utf8')).not.toBe(kubeconfig);
    expect(await isReady()).toBe(true);
    expect(await readContainer()).toEqual(container);
    expect(await (await fetch(url)).text()).not.toBe('');
  });

  test('whose computer slept has every connection made anew, and its nodes stay what they are', async () => {
    const { client } = cluster().controlPlane;
    const connection = await cluster().nodes.connection(NODE).get(signal);
    const before = await connectionsToApi();
    expect(before).not.toEqual([]);
    clusters.awoke();
    await finished('start');
    expect(connection.closed).toBe(true);
    await expect.poll(connectionsToApi, { timeout: 15_000 }).not.toEqual([]);
    expect((await connectionsToApi()).filter((end) => before.includes(end))).toEqual([]);
    expect(await readContainer()).toEqual(container);
    // Both ways of the new connection: the pod is told of, and tells.
    const ref = { namespace: 'default', name: 'awake' };
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: ref,
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: 'pilothouse.local/web:1' }] },
    });
    await expect.poll(async () => (await client.get(pods, ref)).status?.phase, { timeout: 15_000 }).toBe('Running');
    await client.delete(pods, ref, { gracePeriodSeconds: 0 });
    const [node] = (await client.list(nodes)).items;
    expect([await isReady(), node?.spec?.taints ?? []]).toEqual([true, []]);
  });

  test('has the clock set of a machine that has one of its own', async () => {
    await clusters[Symbol.asyncDispose]();
    clusters = await open(next, true);
    await finished('start');
    expect(await startedSteps()).toEqual(['prepare']);
    // The machine shares this computer's clock: it is only told another time of day, as long as this test takes.
    await put('/usr/local/bin/date', OTHER_DATE, 0o755);
    await put('/run/clock-offset', '-259200', 0o644);
    expect(Number(await run('date', '+%s')) - Date.now() / 1_000).toBeLessThan(-259_000);
    clusters.awoke();
    await finished('start');
    expect(await startedSteps()).toEqual(['prepare', 'clock']);
    expect(Math.abs(Number(await run('cat', '/run/clock-offset')))).toBeLessThan(1);
    await run('rm', '/usr/local/bin/date');
  });

  test('has what a newer app brings on a node as well that was stopped meanwhile', async () => {
    await cluster().stopNode(NODE);
    next = { ...next, version: '1.3.0' };
    await reopen(next);
    expect(await startedSteps()).toEqual(['prepare']);
    const started = performance.now();
    await cluster().startNode(NODE);
    await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
    console.log(`start of a node and its update: ${Math.round(performance.now() - started)} ms`);
    expect(JSON.parse(await run('cat', nodePaths.installation))).toMatchObject({ version: '1.3.0' });
    await cluster().stopNode(NODE);
    const again = performance.now();
    await cluster().startNode(NODE);
    await expect.poll(isReady, { timeout: 20_000, interval: 10 }).toBe(true);
    console.log(`start of a node that is up to date: ${Math.round(performance.now() - again)} ms`);
  });

  /** As an app does when it starts. */
  function open(assets: NodeAssets, setsClocks = false): Promise<Clusters> {
    const provider = namespaceProvider({
      stateDirectory: home.machines,
      cacheDirectory,
      clock: realClock,
      log: lineLog((line) => logged.push(line)),
    });
    return Clusters.open({
      home,
      layout: findLayout(),
      assets,
      providers: { namespace: { ...provider, capabilities: { ...provider.capabilities, setsClocks } } },
      clock: realClock,
      random: secureRandom,
      log: lineLog((line) => logged.push(line)),
    });
  }

  /** Ends the app, and starts one with these assets. */
  async function reopen(assets: NodeAssets): Promise<{ apiMs: number; doneMs: number }> {
    await clusters[Symbol.asyncDispose]();
    const started = performance.now();
    clusters = await open(assets);
    await until(() => cluster().summary.phase === 'running');
    const apiMs = Math.round(performance.now() - started);
    await finished('start');
    return { apiMs, doneMs: Math.round(performance.now() - started) };
  }

  async function finished(kind: 'create' | 'start'): Promise<void> {
    const isAnother = (): boolean => cluster().progress?.kind === kind && cluster().progress?.startedAt !== lastStart;
    await until(() => isAnother() && cluster().progress?.state !== 'running');
    lastStart = cluster().progress?.startedAt;
    expect([cluster().progress?.state, cluster().summary.error]).toEqual(['done', undefined]);
  }

  function cluster(): Cluster {
    return clusters.get(id);
  }

  /** Which steps of the last operation had something to do; the way to the master is looked for each time. */
  async function startedSteps(): Promise<(string | undefined)[]> {
    const lines = (await readFile(path.join(home.cluster(id), 'journal.jsonl'), 'utf8')).split('\n').filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as { event: string; step?: string });
    return entries
      .slice(entries.findLastIndex(({ event }) => event === 'begin'))
      .filter(({ event, step }) => event === 'start' && step !== 'reach')
      .map(({ step }) => step);
  }

  async function run(...argv: string[]): Promise<string> {
    return (await (await cluster().nodes.connection(NODE).get(signal)).run(argv, { signal })).stdout;
  }

  async function put(place: string, content: string, mode: number): Promise<void> {
    const connection = await cluster().nodes.connection(NODE).get(signal);
    await connection.upload(Buffer.from(content), place, { mode, signal });
  }

  async function pidOf(unit: string): Promise<string> {
    return (await run('systemctl', 'show', '-p', 'MainPID', '--value', unit)).trim();
  }

  /** Runs the sample app behind a node port, and gives its address once it answers. */
  async function serveWeb(): Promise<string> {
    const { client } = cluster().controlPlane;
    const labels = { app: 'web' };
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', labels },
      spec: { containers: [{ name: 'web', image: 'pilothouse.local/web:1', ports: [{ containerPort: 8080 }] }] },
    });
    const { spec } = await client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const address = cluster().summary.nodes[0]!.address!;
    const found = `http://${address}:${spec!.ports![0]!.nodePort}`;
    await until(() => fetch(found).then(({ ok }) => ok, never));
    return found;
  }

  /** Asks the sample app again and again. */
  async function answers(stop: AbortSignal): Promise<{ good: number; bad: string[] }> {
    const bad: string[] = [];
    let good = 0;
    while (!stop.aborted) {
      const outcome = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(({ ok }) => ok, String);
      if (outcome === true) good++;
      else bad.push(String(outcome));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { good, bad };
  }

  interface Container {
    readonly uid: string;
    readonly containerID: string | undefined;
    readonly startedAt: string | undefined;
    readonly restarts: number | undefined;
    /** Processes of containers, as the machine knows them. */
    readonly tasks: readonly string[];
  }

  async function readContainer(): Promise<Container> {
    const pod = await cluster().controlPlane.client.get(pods, { namespace: 'default', name: 'web' });
    const status = pod.status?.containerStatuses?.[0];
    const tasks = (await run('ctr', '-n', 'k8s.io', 'tasks', 'ls', '-q')).trim().split('\n').sort();
    const pids = await run('ctr', '-n', 'k8s.io', 'tasks', 'ls');
    return {
      uid: pod.metadata.uid,
      containerID: status?.containerID,
      startedAt: status?.state?.running?.startedAt,
      restarts: status?.restartCount,
      tasks: tasks.map((task) => pids.split('\n').find((line) => line.startsWith(task)) ?? ''),
    };
  }

  async function isReady(): Promise<boolean> {
    return isNodeReady(await cluster().controlPlane.client.get(nodes, { name: NODE }));
  }

  async function expiryOf(name: string): Promise<number> {
    const text = await run(
      'sed',
      '-n',
      '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p',
      `/var/lib/pilothouse/pki/${name}.pem`,
    );
    return Date.parse(new X509Certificate(text).validTo);
  }

  /** Gives the agent what it would have after a year of standing still, signed by the cluster's own authority. */
  async function expireCertificates(): Promise<void> {
    const twoYearsAgo: Clock = { ...realClock, now: () => Date.now() - 2 * YEAR_MS };
    const pki = path.join(home.cluster(id), 'master/pki');
    const authority = await CertificateAuthority.open(pki, 'kubernetes', twoYearsAgo, secureRandom);
    const who = { commonName: `system:node:${NODE}`, organizations: ['system:nodes'], lifetimeMs: YEAR_MS };
    const address = cluster().summary.nodes[0]!.address!;
    const client = authority.issue({ ...who, usage: 'client' });
    const server = authority.issue({ ...who, usage: 'server', dnsNames: [NODE], ipv4Addresses: [address] });
    await run('systemctl', 'stop', 'pilothouse-agent');
    await put('/var/lib/pilothouse/pki/kubelet-client.pem', client.cert + client.key, 0o600);
    await put('/var/lib/pilothouse/pki/kubelet-server.pem', server.cert + server.key, 0o600);
    await run('systemctl', 'start', 'pilothouse-agent');
    const journal = (): Promise<string> =>
      run('journalctl', '-u', 'pilothouse-agent', '-n', '5', '-o', 'cat', '--no-pager');
    await expect.poll(journal, { timeout: 10_000 }).toContain('No usable client certificate');
  }

  /** The node's ends of its connections to the API. */
  async function connectionsToApi(): Promise<string[]> {
    const port = cluster().record.apiPort;
    const table = await run('ss', '-Htn', 'state', 'established', `dport = :${port}`);
    return table
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[2] ?? '')
      .filter(Boolean);
  }
});

/** Tells a time that is off by what a file says, and when it is set writes there how far off that is. */
const OTHER_DATE = `#!/bin/sh
offset=$(cat /run/clock-offset)
now=$(/usr/bin/date +%s.%N)
for argument; do
  case $argument in
    --set=@*) awk -v set="\${argument#--set=@}" -v now="$now" 'BEGIN { printf "%.3f", set - now }' > /run/clock-offset; exit ;;
  esac
done
awk -v offset="$offset" -v now="$now" 'BEGIN { printf "%.6f\\n", now + offset }'
`;

/** What a later release brings: another agent, another Node.js, another unit. */
async function nextVersion(assets: NodeAssets, directory: string): Promise<NodeAssets> {
  const { agentBundle, templates } = assets;
  await cp(templates, path.join(directory, 'templates'), { recursive: true });
  const bundle = path.join(directory, 'agent.cjs');
  await copyFile(agentBundle, bundle);
  await appendFile(bundle, '\n// of the next version\n');
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const runtime = path.join(directory, 'node');
  await copyFile(assets.nodeRuntime(architecture)!, runtime);
  // Programs may be followed by anything.
  await appendFile(runtime, '\0');
  const unit = path.join(directory, 'templates/pilothouse-agent.service');
  await writeFile(unit, (await readFile(unit, 'utf8')).replace('LimitNOFILE=65536', 'LimitNOFILE=65535'));
  return {
    ...assets,
    version: '1.1.0',
    agentBundle: bundle,
    templates: path.join(directory, 'templates'),
    nodeRuntime: () => runtime,
  };
}
