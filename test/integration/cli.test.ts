import { execa } from 'execa';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import { BUILD } from '../../scripts/build/task.ts';
import { removeHome, temporaryHome } from '../support/app.ts';
import { Cli } from '../support/cli.ts';
import { hostTraces, NO_TRACES } from '../support/host-traces.ts';
import { kubectlFor, type Kubectl } from '../support/kubectl.ts';

let home: string;
let directory: string;
let kubeconfig: string;
let cli: Cli;
let kubectl: Kubectl;

beforeAll(async () => {
  home = await temporaryHome();
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-cli-'));
  kubeconfig = path.join(directory, 'kubeconfig');
  cli = new Cli(home, { KUBECONFIG: kubeconfig });
  kubectl = kubectlFor(kubeconfig);
});
afterAll(async () => {
  await cli.try('quit');
  await removeHome(home);
  await rm(directory, { recursive: true });
});

const nodes = async (): Promise<string[]> =>
  (await kubectl(['get', 'nodes', '--no-headers'])).split('\n').map((row) => row.split(/\s+/).slice(0, 2).join(' '));

describe('before there is a cluster', () => {
  it('says that the app does not run, and starts it for what needs it', async () => {
    expect(await cli.run('quit')).toBe('Pilothouse does not run\n');
    expect(await cli.run('cluster', 'list')).toBe(
      'There is no cluster yet; make one: pilothouse cluster create NAME\n',
    );
    expect(await cli.json('cluster', 'list')).toEqual([]);
  });

  it('two commands that both start the app get the same one', async () => {
    await cli.run('quit');
    expect(await Promise.all([cli.json('cluster', 'list'), cli.json('cluster', 'list')])).toEqual([[], []]);
  });

  it('the window is the one of the app that runs', async () => {
    expect(await cli.run('serve')).toMatch(/http:\/\/127\.0\.0\.1:\d+\/open\?token=/);
  });

  it('checks this computer', async () => {
    const found = await cli.json<{ provider: string; usable: boolean }[]>('doctor');
    expect(found.find(({ provider }) => provider === 'namespace')).toMatchObject({ usable: true });
    expect(await cli.run('doctor')).toContain('✓ Operating system: Linux');
  });

  it.each([
    [['cluster', 'create', 'Demo'], 1, /lower-case letters/],
    [['cluster', 'create', 'demo', '--nodes', 'many'], 1, /--nodes: give a number/],
    [['cluster', 'create', 'demo', '--nodes', '9'], 1, /1 to 3 nodes/],
    [['cluster', 'create', 'demo', '--memory', 'much'], 1, /--memory: give a size such as 2G/],
    [['cluster', 'create', 'demo', '--provider', 'cloud'], 1, /--provider: give multipass, ssh or namespace/],
    [['cluster', 'create'], 1, /missing required argument 'name'/],
    [['cluster', 'sail', 'demo'], 1, /unknown command 'sail'/],
    [['cluster', 'status', 'demo'], 2, /There is no cluster demo/],
    [['kubeconfig', 'demo'], 2, /There is no cluster demo/],
  ])('%j is refused clearly', async (args, code, message) => {
    const result = await cli.try(...args);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: '' });
  });

  it('tells errors to programs as JSON, and to people in their language', async () => {
    const { stderr } = await cli.try('cluster', 'delete', 'demo', '--json');
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'cluster-missing', params: { cluster: 'demo' } } });
    const chinese = new Cli(home, { LANG: 'zh_CN.UTF-8' });
    expect((await chinese.try('cluster', 'delete', 'demo')).stderr).toMatch(/集群/);
  });
});

describe('a cluster', () => {
  it('is created, and kubectl reaches it through the user’s kubeconfig', async () => {
    const { code, stdout, stderr } = await cli.try(
      'cluster',
      'create',
      'typed',
      '--memory',
      '1G',
      '--wait',
      '--provider',
      'namespace',
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'cluster typed is running; use it: pilothouse kubeconfig typed --merge\n',
    });
    expect(stderr).toMatch(/^Verify with a test pod \(typed-1\): done/m);
    await writeFile(kubeconfig, '# mine\napiVersion: v1\nkind: Config\nclusters: []\n');
    await cli.run('kubeconfig', 'typed', '--merge');
    expect(await readFile(kubeconfig, 'utf8')).toMatch(/^# mine\n/);
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
    expect(await kubectl(['config', 'current-context'])).toBe('pilothouse-typed');
    expect(await nodes()).toEqual(['typed-1 Ready']);
    expect(parse(await cli.run('kubeconfig', 'typed'))).toMatchObject({ 'current-context': 'typed' });
  });

  it('is listed and described', async () => {
    expect(await cli.run('cluster', 'list')).toMatch(
      /^NAME +STATUS +PROVIDER +NODES +SERVER\ntyped +running +namespace +1\/1 +https:\/\/127\.0\.0\.1:\d+\n$/,
    );
    expect(await cli.run('cluster', 'status', 'typed')).toMatch(
      /^typed is running at https:.*\n\nNODE +MACHINE +ADDRESS +REACH\ntyped-1 +running +10\.\d+\.\d+\.\d+ +direct\n$/,
    );
    expect((await cli.try('cluster', 'create', 'typed')).stderr).toContain('There is already a cluster named typed');
  });

  it('gets another node', async () => {
    expect(await cli.run('node', 'add', 'typed')).toBe('node typed-2 is added\n');
    expect(await nodes()).toEqual(['typed-1 Ready', 'typed-2 Ready']);
    expect((await cli.try('node', 'add', 'typed', 'typed-2')).stderr).toContain('There is a node typed-2 already');
  });

  it('gets images from a file', async () => {
    const archive = path.join(BUILD, 'images', `web-1-${process.arch === 'arm64' ? 'arm64' : 'amd64'}.tar`);
    const loaded = await cli.json('image', 'load', 'typed', archive);
    expect(loaded).toEqual({ images: ['pilothouse.local/web:1'], nodes: ['typed-1', 'typed-2'] });
    expect((await cli.try('image', 'load', 'typed', '/nowhere.tar')).stderr).toContain('/nowhere.tar cannot be read');
    const wrong = await cli.try('image', 'load', 'typed', kubeconfig);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('ctr');
  });

  it('stops and starts a node', async () => {
    expect(await cli.run('node', 'stop', 'typed', 'typed-2')).toBe('node typed-2 is stopped\n');
    expect(await nodes()).toEqual(['typed-1 Ready', 'typed-2 NotReady,SchedulingDisabled']);
    expect(await cli.run('node', 'start', 'typed', 'typed-2')).toBe('node typed-2 is started\n');
    await kubectl(['wait', 'node/typed-2', '--for=condition=Ready', '--timeout=20s']);
  });

  it('stays stopped over a restart of the app, and comes back as it was', async () => {
    expect(await cli.run('cluster', 'stop', 'typed')).toBe('cluster typed is stopped\n');
    await cli.run('quit');
    const [cluster] = await cli.json<ClusterSummary[]>('cluster', 'list');
    expect(cluster).toMatchObject({ phase: 'stopped', nodes: [{ machine: 'stopped' }, { machine: 'stopped' }] });
    expect((await cli.try('node', 'add', 'typed')).stderr).toContain('The cluster typed does not run');
    expect(await cli.run('cluster', 'start', 'typed')).toBe('cluster typed is running\n');
    expect(await nodes()).toEqual(['typed-1 Ready', 'typed-2 Ready']);
  });

  it('gives its logs away without its secrets', async () => {
    await kubectl(['create', '-f', '-'], { input: SECRETIVE });
    const file = path.join(directory, 'logs.zip');
    expect(await cli.run('collect-logs', '--out', file)).toBe(`${file}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await cli.try('collect-logs', '--out', file)).stderr).toContain('already');
    const out = path.join(directory, 'logs');
    await execa('python3', ['-m', 'zipfile', '-e', file, out]);
    const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['about.json', 'record.json', 'journal.jsonl', 'audit.log', 'pods.json', 'journal.log']),
    );
    const all = await Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')));
    const text = all.join('\n');
    expect(text).toContain('pod-of-secrets');
    expect(text).not.toMatch(/hunter2|PRIVATE KEY|LS0tLS1CRUdJTi|eyJhbGciOi/);
  });

  it('gives up a node', async () => {
    expect(await cli.run('node', 'remove', 'typed', 'typed-1')).toBe('node typed-1 is removed\n');
    expect(await nodes()).toEqual(['typed-2 Ready']);
    expect((await cli.try('node', 'remove', 'typed', 'typed-2')).stderr).toContain('the only node');
  });

  it('is deleted without a trace', async () => {
    const [{ id }] = (await cli.json<ClusterSummary[]>('cluster', 'list')) as [ClusterSummary];
    expect(await cli.run('cluster', 'delete', 'typed')).toBe('cluster typed is deleted\n');
    expect(await hostTraces(id, ['typed-1', 'typed-2'])).toEqual(NO_TRACES);
    expect(await cli.run('quit')).toBe('Pilothouse has ended\n');
  });
});

const SECRETIVE = `
apiVersion: v1
kind: Secret
metadata: { name: secretive }
stringData: { password: hunter2 }
---
apiVersion: v1
kind: Pod
metadata: { name: pod-of-secrets }
spec:
  containers:
    - name: web
      image: pilothouse.local/web:1
      env: [{ name: PIN, value: hunter2 }]
`;
