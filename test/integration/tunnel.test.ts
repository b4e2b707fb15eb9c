import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lineLog } from '#common/base/log.ts';
import { createClusterSchema, type ClusterId } from '#common/contract/cluster.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { nodes, pods } from '#common/kube/resources.ts';
import { openApp, type App } from '../../main/clusters/app.ts';
import type { Cluster } from '../../main/clusters/cluster.ts';
import { cacheDirectory } from '../../main/clusters/home.ts';
import { findLayout } from '../../main/layout.ts';
import { baseImageDirectory } from '../../main/machines/namespace/base-image.ts';
import { bridgeName } from '../../main/machines/namespace/link-names.ts';
import { hostNft } from '../../main/machines/namespace/nft.ts';
import { buildAgent } from '../../scripts/build/agent.ts';
import { buildImages } from '../../scripts/build/images.ts';
import { buildMain } from '../../scripts/build/main.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { removeHome, temporaryHome } from '../support/app.ts';
import { until } from '../support/until.ts';
import { canRunMachines } from './machines-lab/lab.ts';
import { isPodReady } from './machines-lab/cluster-lab.ts';

const [ONE, TWO] = ['far-1', 'far-2'] as const;
const WAIT = { interval: 100, timeout: 50_000 };
const signal = new AbortController().signal;

// One story, in order: what a firewall of this host keeps nodes from, and gives back to them.
describe.runIf(canRunMachines)('nodes that do not reach this computer', () => {
  let home: string;
  let app: App;
  let id: ClusterId;
  let pid: string;
  const logged: string[] = [];
  /** Nodes that were not ready once they had been. */
  const unready: string[] = [];
  const watching = new AbortController();

  beforeAll(async () => {
    for (const task of [buildSchemas, buildMain, buildAgent, buildImages]) await runTask(task);
    home = await temporaryHome();
    app = await openApp({
      home,
      cache: cacheDirectory(process.env),
      layout: findLayout(),
      door: 'browser',
      languages: ['en'],
      log: lineLog((line) => logged.push(line)),
      quit: () => undefined,
    });
    id = await app.clusters.create(createClusterSchema.parse({ name: 'far', nodes: 2 }));
    await block('');
    await until(() => cluster().progress && cluster().progress?.state !== 'running');
    expect(cluster().summary.error).toBeUndefined();
  }, 300_000);

  afterAll(async () => {
    watching.abort();
    await unblock();
    await cluster().delete();
    await until(() => app.clusters.summaries().length === 0);
    await app.close();
    await removeHome(home);
  }, 60_000);

  const cluster = (): Cluster => app.clusters.get(id);
  const table = (): string => `block-${id}`;
  const reach = () => cluster().summary.nodes.map((node) => node.reach);

  /** Drops in silence what machines, or only the one, send to the API: also on connections that are there. */
  async function block(source: string): Promise<void> {
    const { apiPort } = cluster().record;
    const from = source === '' ? '' : `ip saddr ${source} `;
    await nft(`table inet ${table()}
      delete table inet ${table()}
      table inet ${table()} {
        chain input {
          type filter hook input priority -5; policy accept;
          iifname "${bridgeName(id)}" ${from}tcp dport ${apiPort} drop
        }
      }`);
  }

  const unblock = (): Promise<void> => nft(`table inet ${table()}\ndelete table inet ${table()}`);

  async function nft(script: string): Promise<void> {
    const image = await baseImageDirectory(cacheDirectory(process.env));
    await hostNft(image, signal).run(['-f', '-'], `${script}\n`);
  }

  async function run(node: string, ...argv: readonly string[]): Promise<string> {
    const connection = await cluster().nodes.connection(node).get(signal);
    return (await connection.run(argv, { signal })).stdout;
  }

  const listening = async (node: string): Promise<string[]> => (await run(node, 'ss', '-Hltnp')).trim().split('\n');
  const isRelay = (line: string): boolean => /"(node|MainThread)"/.test(line) && !/:10250\s/.test(line);

  /** Ports of the node's loopback on which its SSH server listens for us, and those that the agent leads pods to. */
  async function openPorts(node: string): Promise<{ tunnels: number; relays: number }> {
    const lines = await listening(node);
    const isTunnel = (line: string): boolean => line.includes('127.0.0.1:') && line.includes('"sshd"');
    return { tunnels: lines.filter(isTunnel).length, relays: lines.filter(isRelay).length };
  }

  /** What a pod of node one hears from the API server; undefined for nothing. */
  async function askFromPod(): Promise<string | undefined> {
    const script = `fetch('https://10.96.0.1/version', { signal: AbortSignal.timeout(3000) })
      .then(async (answer) => console.log((await answer.json()).gitVersion), () => undefined)`.replace(
      '10.96.0.1',
      `${cluster().record.serviceRange.split('.').slice(0, 3).join('.')}.1`,
    );
    const ca = 'NODE_EXTRA_CA_CERTS=/etc/pilothouse/ca.crt';
    const printed = await run(ONE, 'nsenter', '-t', pid, '-n', 'env', ca, '/opt/pilothouse/bin/node', '-e', script);
    return printed.trim() || undefined;
  }

  test('join through a tunnel, which is shown', async () => {
    expect(cluster().summary.nodes).toMatchObject([
      { name: ONE, reach: 'tunnel' },
      { name: TWO, reach: 'tunnel' },
    ]);
    const { items, resourceVersion } = await cluster().controlPlane.client.list(nodes);
    expect(items.filter(isNodeReady)).toHaveLength(2);
    void (async () => {
      const changes = cluster().controlPlane.client.watch(nodes, { resourceVersion }, watching.signal);
      for await (const event of changes) {
        if (event.type === 'MODIFIED' && !isNodeReady(event.object)) unready.push(JSON.stringify(event.object.status));
      }
    })().catch(() => undefined);
  });

  test('lead their pods to the API server', async () => {
    const { client } = cluster().controlPlane;
    await client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: { nodeName: ONE, containers: [{ name: 'web', image: 'pilothouse.local/web:1' }] },
    });
    const found = await expect
      .poll(async () => {
        const pod = await client.get(pods, { namespace: 'default', name: 'web' });
        return isPodReady(pod) ? pod : undefined;
      }, WAIT)
      .toBeDefined()
      .then(() => client.get(pods, { namespace: 'default', name: 'web' }));
    const container = found.status!.containerStatuses![0]!.containerID!.replace('containerd://', '');
    const tasks = (await run(ONE, 'ctr', '-n', 'k8s.io', 'task', 'ls')).split('\n').map((line) => line.split(/\s+/));
    pid = tasks.find(([task]) => task === container)![1]!;
    expect(await askFromPod()).toMatch(/^v1\.34/);
    expect(await openPorts(ONE)).toEqual({ tunnels: 1, relays: 1 });
    // What is there for the node's own pods is not for others on its network.
    const relay = /(\d+(?:\.\d+){3}):(\d+)/.exec((await listening(ONE)).find(isRelay)!)!;
    const script = `require('net').connect(${relay[2]}, '${relay[1]}').on('close', () => console.log('closed'))`;
    expect(await run(TWO, '/opt/pilothouse/bin/node', '-e', script)).toBe('closed\n');
  });

  test('open the tunnel again when the SSH connection breaks', async () => {
    const before = await run(ONE, 'cat', '/etc/pilothouse/servers.json');
    await expect(run(ONE, 'pkill', '-KILL', '-f', '^sshd: root')).rejects.toMatchObject({ code: 'ssh-unreachable' });
    await expect.poll(() => run(ONE, 'cat', '/etc/pilothouse/servers.json'), WAIT).not.toBe(before);
    await expect.poll(askFromPod, WAIT).toMatch(/^v1\.34/);
    expect(await openPorts(ONE)).toEqual({ tunnels: 1, relays: 1 });
  });

  test('take the direct way as soon as it is open, each for itself', async () => {
    await block(cluster().summary.nodes[0]!.address!);
    await expect.poll(reach, WAIT).toEqual(['tunnel', 'direct']);
    expect(await openPorts(TWO)).toEqual({ tunnels: 0, relays: 0 });
    await unblock();
    await expect.poll(reach, WAIT).toEqual(['direct', 'direct']);
    expect(await openPorts(ONE)).toEqual({ tunnels: 0, relays: 0 });
    expect(await askFromPod()).toMatch(/^v1\.34/);
  });

  test('go over to a tunnel when the direct way is cut in silence, and stay ready', async () => {
    await block(cluster().summary.nodes[0]!.address!);
    expect(await askFromPod()).toBeUndefined();
    await expect.poll(reach, WAIT).toEqual(['tunnel', 'direct']);
    await expect.poll(askFromPod, WAIT).toMatch(/^v1\.34/);
    expect(unready).toEqual([]);
    const { items } = await cluster().controlPlane.client.list(nodes);
    expect(items.filter(isNodeReady)).toHaveLength(2);
    expect(logged.join('\n')).not.toContain('ended unexpectedly');
  }, 120_000);
});
