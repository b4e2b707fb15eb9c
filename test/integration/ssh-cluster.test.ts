import { IntlMessageFormat } from 'intl-messageformat';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AppErrorShape } from '#common/base/app-error.ts';
import type { ErrorCode } from '#common/base/error-codes.ts';
import { lineLog } from '#common/base/log.ts';
import { createClusterSchema, type ClusterId } from '#common/contract/cluster.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { localeSchema } from '#common/i18n/locale.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { nodes, pods } from '#common/kube/resources.ts';
import { openApp, type App } from '../../main/clusters/app.ts';
import type { Cluster } from '../../main/clusters/cluster.ts';
import { cacheDirectory } from '../../main/clusters/home.ts';
import { findLayout } from '../../main/layout.ts';
import { buildAgent } from '../../scripts/build/agent.ts';
import { buildImages } from '../../scripts/build/images.ts';
import { buildMain } from '../../scripts/build/main.ts';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { removeHome, temporaryHome } from '../support/app.ts';
import { canRunMachines } from './machines-lab/lab.ts';
import { isPodReady } from './machines-lab/cluster-lab.ts';
import { ForeignHosts, PASSPHRASE, SUDO_PASSWORD } from './ssh-lab/foreign-hosts.ts';
import { inventory } from './ssh-lab/inventory.ts';

const THREE_DAYS_MS = 3 * 24 * 3_600_000;
const HOSTS = ['one', 'two'];
const NODES = ['demo-1', 'demo-2'];

// One story, in order: a cluster on two machines of the user's, with everything in its way that there can be.
describe.runIf(canRunMachines)("a cluster on machines of the user's", () => {
  let hosts: ForeignHosts;
  let before: Record<string, readonly string[]>[];
  let home: string;
  let app: App;
  let id: ClusterId | undefined;
  const logged: string[] = [];

  beforeAll(async () => {
    for (const task of [buildSchemas, buildMain, buildAgent, buildImages]) await runTask(task);
    hosts = await ForeignHosts.open(HOSTS);
    // On the second one the app has to go by sudo, with a password.
    await hosts.forbidRoot('two');
    // A network of its own that this computer knows nothing of.
    await hosts.shell('two', 'ip route add blackhole 10.244.7.0/24');
    before = await Promise.all(HOSTS.map((name) => inventory(hosts, name)));
    home = await temporaryHome();
    app = await open();
  }, 300_000);

  afterAll(async () => {
    vi.restoreAllMocks();
    await app.close();
    await hosts[Symbol.asyncDispose]();
    await removeHome(home);
  }, 60_000);

  const open = (): Promise<App> =>
    openApp({
      home,
      cache: cacheDirectory(process.env),
      layout: findLayout(),
      door: 'browser',
      languages: ['en'],
      log: lineLog((line) => logged.push(line)),
      quit: () => undefined,
    });
  const cluster = (): Cluster => app.clusters.get(id!);
  const wanted = () =>
    createClusterSchema.parse({
      name: 'demo',
      provider: 'ssh',
      nodes: 2,
      hosts: [
        { ...hosts.host('one', 'dev'), hostKey: hosts.fingerprint('one') },
        {
          ...hosts.host('two', 'ops', { keyFile: hosts.keys.locked }),
          secrets: { passphrase: PASSPHRASE, sudoPassword: SUDO_PASSWORD },
        },
      ],
    });
  const rowOf = (step: string, node: string) =>
    cluster()
      .progress?.steps.find((one) => one.id === step)
      ?.nodes.find((row) => row.node === node);

  /** Begins an operation, and follows it to its end. */
  async function outcomeOf(
    begin: () => Promise<unknown>,
    meanwhile?: () => Promise<unknown>,
  ): Promise<string | undefined> {
    const earlier = id && cluster().progress?.startedAt;
    await begin();
    const isNew = (): boolean => cluster().progress !== null && cluster().progress?.startedAt !== earlier;
    await expect.poll(isNew, { interval: 10, timeout: 10_000 }).toBe(true);
    await meanwhile?.();
    await expect.poll(() => cluster().progress?.state, { interval: 50, timeout: 100_000 }).not.toBe('running');
    await expect.poll(() => cluster().summary.phase, { interval: 20, timeout: 5_000 }).toMatch(/running|failed/);
    return cluster().progress?.state;
  }

  /** The create has failed with this, at this step of the first node, and nowhere else; and it is told in words. */
  async function expectFailed(step: string, code: ErrorCode, params: object): Promise<AppErrorShape> {
    expect(cluster().progress?.state).toBe('failed');
    const error = cluster().summary.error!;
    expect(error).toMatchObject({ code, params });
    expect(rowOf(step, 'demo-1')).toMatchObject({ state: 'failed', error: { code } });
    expect(
      cluster().progress?.steps.flatMap((one) => one.nodes.filter(({ state }) => state === 'failed')),
    ).toHaveLength(1);
    const journal = (await readFile(path.join(home, 'clusters', id!, 'journal.jsonl'), 'utf8')).trim().split('\n');
    const failures = journal.filter((line) => line.includes('"failed"')).map((line) => JSON.parse(line) as object);
    expect(failures.at(-1)).toMatchObject({ operation: 'create', step, node: 'demo-1', error });
    for (const locale of localeSchema.options) {
      const { title, advice } = errorTexts[code];
      for (const text of [title, advice]) {
        expect(new IntlMessageFormat(text[locale], locale).format(error.params)).toBeTruthy();
      }
    }
    return error;
  }

  const readyNodes = async (): Promise<string[]> =>
    (await cluster().controlPlane.client.list(nodes)).items.filter(isNodeReady).map(({ metadata }) => metadata.name);
  const readyPods = async (): Promise<number> =>
    (await cluster().controlPlane.client.list(pods, { namespace: 'default' })).items.filter(isPodReady).length;
  const eventually = (timeout = 30_000) => ({ interval: 100, timeout });

  test('does not get past a machine whose clock is three days off', async () => {
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + THREE_DAYS_MS);
    // Both are off by the same: the first one that says so is told.
    expect(await outcomeOf(async () => (id = await app.clusters.create(wanted())))).toBe('failed');
    vi.restoreAllMocks();
    const { error } = cluster().summary;
    expect(error).toMatchObject({ code: 'clock-skew' });
    expect(Math.abs(Number(error?.params['seconds']) - THREE_DAYS_MS / 1_000)).toBeLessThan(5);
    expect(rowOf('machines', 'demo-1')).toMatchObject({ state: 'done' });
  });

  test('has machines that no other cluster can have', async () => {
    const taken = { code: 'host-address-taken', params: { host: hosts.address('one'), cluster: 'demo' } };
    const other = { ...wanted(), name: 'other' };
    await expect(app.clusters.create(other)).rejects.toMatchObject(taken);
    const twice = {
      ...other,
      hosts: [
        { ...other.hosts[0]!, address: '10.9.9.9' },
        { ...other.hosts[0]!, address: '10.9.9.9' },
      ],
    };
    await expect(app.clusters.create(twice)).rejects.toMatchObject({
      code: 'host-address-taken',
      params: { cluster: 'other' },
    });
    expect(app.clusters.summaries()).toHaveLength(1);
  });

  test('has ranges of its own that none of its machines uses', () => {
    expect(cluster().record.podRange).toMatch(/^10\.\d+\.0\.0\/16$/);
    expect(cluster().record.podRange).not.toBe('10.244.0.0/16');
  });

  test('goes on when the disk of a machine is full no more', async () => {
    await hosts.shell('one', 'mkdir /opt/pilothouse; mount -t tmpfs -o size=30m tmpfs /opt/pilothouse');
    await outcomeOf(() => cluster().open());
    const error = await expectFailed('node', 'disk-short', { path: `${hosts.address('one')}:/opt/pilothouse/bin` });
    expect(error.command).toMatch(/^df /);
    expect(error.lines).not.toEqual([]);
    // The other machine was not held up by it.
    expect(rowOf('join', 'demo-2')).toMatchObject({ state: 'done' });
    await hosts.shell('one', 'umount /opt/pilothouse; rmdir /opt/pilothouse');
  });

  test('goes on with an upload in whose middle the link was cut, and in whose middle the machine was restarted', async () => {
    const sent = (part: number) =>
      expect.poll(() => rowOf('node', 'demo-1')?.fraction ?? 0, { interval: 5, timeout: 30_000 }).toBeGreaterThan(part);
    await outcomeOf(
      () => cluster().open(),
      async () => {
        await sent(0.2);
        // All sessions of root end at once, that of the one who says so too.
        await hosts.shell('one', "pkill -9 -f '^sshd: root@notty'").catch(() => undefined);
      },
    );
    await expectFailed('node', 'ssh-unreachable', { host: hosts.address('one') });

    await outcomeOf(
      () => cluster().open(),
      async () => {
        await sent(0.5);
        await hosts.reboot('one');
      },
    );
    await expectFailed('node', 'ssh-unreachable', { host: hosts.address('one') });

    const fractions: number[] = [];
    using _watching = app.clusters.subscribe(() => {
      const { state, fraction } = rowOf('node', 'demo-1') ?? {};
      if (state === 'running' && fraction !== undefined) fractions.push(fraction);
    });
    const outcome = await outcomeOf(() => cluster().open());
    expect([outcome, cluster().summary.error]).toEqual(['done', undefined]);
    expect(fractions[0]).toBeGreaterThan(0.4);
    expect(await readyNodes()).toEqual(NODES);
  });

  test('has nodes with what their machines have, and shows the keys that those are known by', async () => {
    const { items } = await cluster().controlPlane.client.list(nodes);
    const cpus = (await hosts.run('one', 'nproc')).trim();
    expect(items.map(({ status }) => status?.capacity?.['cpu'])).toEqual([cpus, cpus]);
    expect(cluster().summary.nodes).toEqual(
      HOSTS.map((name, index) => ({
        name: NODES[index],
        machine: 'running',
        address: hosts.address(name),
        hostKey: hosts.fingerprint(name),
        reach: 'direct',
      })),
    );
    for (const [index, node] of NODES.entries()) {
      await cluster().controlPlane.client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'default', name: `web-${index}` },
        spec: {
          nodeName: node,
          terminationGracePeriodSeconds: 1,
          volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
          containers: [
            { name: 'web', image: 'pilothouse.local/web:1', volumeMounts: [{ name: 'memory', mountPath: '/memory' }] },
          ],
        },
      });
    }
    await expect.poll(readyPods, eventually()).toBe(2);
  });

  test('stops a node without switching its machine off, and starts it again', async () => {
    const running = async (name: string): Promise<string> =>
      hosts.shell(
        name,
        'ctr -n k8s.io tasks ls | grep -c RUNNING || true; systemctl is-active pilothouse-agent || true',
      );
    expect(await running('one')).toBe('2\nactive\n');
    const upSince = await hosts.run('one', 'cut', '-d', ' ', '-f', '22', '/proc/1/stat');
    await cluster().stopNode('demo-1');
    expect(cluster().summary.nodes[0]).toMatchObject({ machine: 'stopped' });
    expect(await running('one')).toBe('0\ninactive\n');
    expect(await hosts.run('one', 'cut', '-d', ' ', '-f', '22', '/proc/1/stat')).toBe(upSince);
    await cluster().startNode('demo-1');
    await expect.poll(readyNodes, eventually()).toEqual(NODES);
    expect(cluster().summary.nodes[0]).toMatchObject({ machine: 'running' });
  });

  test('asks again for the password that it kept nowhere, when the app starts anew', async () => {
    await app.close();
    const files = await readdir(home, { recursive: true, withFileTypes: true });
    const kept = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name), 'latin1')),
    );
    for (const secret of [SUDO_PASSWORD, PASSPHRASE]) {
      expect(kept.some((text) => text.includes(secret))).toBe(false);
      expect(logged.join('\n')).not.toContain(secret);
    }
    expect(await outcomeOf(async () => (app = await open()))).toBe('failed');
    expect(cluster().summary).toMatchObject({
      phase: 'running',
      error: { code: 'sudo-password-needed', params: { host: hosts.address('two'), user: 'ops' } },
    });
    cluster().unlock({ 'demo-2': { sudoPassword: SUDO_PASSWORD } });
    expect(await outcomeOf(() => cluster().open())).toBe('done');
    expect(await readyNodes()).toEqual(NODES);
  });

  test('is deleted, and both machines are as they were', async () => {
    const deleting = cluster();
    await deleting.delete();
    await expect.poll(() => deleting.isGone || deleting.summary.error !== undefined, eventually(60_000)).toBe(true);
    expect(deleting.summary.error).toBeUndefined();
    expect(app.clusters.summaries()).toEqual([]);
    for (const [index, name] of HOSTS.entries()) {
      const after = await inventory(hosts, name);
      for (const [section, lines] of Object.entries(before[index]!)) {
        expect.soft([name, section, after[section]]).toEqual([name, section, lines]);
      }
    }
  });
});
