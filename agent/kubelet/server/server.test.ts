import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { keyAndCertificate } from '../../identity/key-and-certificate.ts';
import { authority, certificate, keyPem, newKey, type SigningPair } from '../../testing/certificates.ts';
import { FakeRuntime } from '../../testing/fake-runtime.ts';
import { pod } from '../../testing/pods.ts';
import { containerConfig } from '../pods/containers/container-config.ts';
import { containerResources } from '../pods/containers/resources.ts';
import { PodDirectories } from '../pods/pod-directories.ts';
import type { ContainerStatusEntry } from '../pods/pod.ts';
import { RuntimeMonitor } from '../runtime/monitor.ts';
import { containerWithLog } from './container-logs.ts';
import { KubeletServer } from './server.ts';

const ca = authority();
const context = { clock: realClock, random: seededRandom(1), log: silentLog };
let directory: string;
let server: KubeletServer;
let port: number;

/** A key with a certificate for a user of the groups. */
function client(commonName: string, organization?: string, issuer: SigningPair = ca): { key: string; cert: string } {
  const key = newKey();
  const cert = certificate({ commonName, ...(organization ? { organization } : {}) }, key, issuer);
  return { key: keyPem(key), cert };
}

const apiServer = client('kube-apiserver-kubelet-client');

function get(target: string, credentials: object = apiServer): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { ca: ca.cert, servername: 'node-1', agent: false as const, ...credentials };
    const request = https.get(`https://127.0.0.1:${port}${target}`, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
  });
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kubelet-'));
  const runtime = new FakeRuntime(realClock);
  const directories = new PodDirectories(path.join(directory, 'state'), path.join(directory, 'logs'));
  const image = { id: 'sha256:1', repoTags: [], repoDigests: [], size: 1, uid: null, username: '' };
  const config = containerConfig(
    pod(),
    { name: 'web', image: 'web:1' },
    {
      image,
      restartCount: 0,
      variables: new Map(),
      mounts: [],
      resources: containerResources({ name: 'web' }, 'BestEffort', 1, 1),
    },
  );
  const id = await runtime.createContainer('sandbox', config);
  const running = {
    name: 'web',
    containerID: `containerd://${id}`,
    state: { running: {} },
    ready: true,
    restartCount: 0,
    image: '',
    imageID: '',
  };
  const subject = pod({}, { containerStatuses: [running] });
  const logs = path.join(directory, 'logs/default_web-1_uid-1/web');
  await mkdir(logs, { recursive: true });
  await writeFile(path.join(logs, '0.log'), '2030-01-01T00:00:00Z stdout F one\n2030-01-01T00:00:01Z stderr F two\n');
  const key = newKey();
  server = await KubeletServer.listen({
    address: '127.0.0.1',
    port: 0,
    certificateAuthority: ca.cert,
    certificate: keyAndCertificate(
      keyPem(key),
      certificate({ commonName: 'system:node:node-1', dnsNames: ['node-1'] }, key, ca),
    ),
    pods: () => [subject],
    logs: { runtime, monitor: new RuntimeMonitor(runtime, context), directories, clock: realClock },
    context,
  });
  port = (server.address as AddressInfo).port;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('who may use the kubelet', () => {
  it.each([
    ['the API server', apiServer, 200],
    ['an administrator', client('someone', 'system:masters'), 200],
    ['another node', client('system:node:node-2', 'system:nodes'), 403],
    ['nobody', {}, 401],
    ['someone of another authority', client('kube-apiserver-kubelet-client', undefined, authority('other')), 401],
  ])('%s', async (_who, credentials, status) => {
    expect((await get('/healthz', credentials)).status).toBe(status);
  });

  it('is told why not', async () => {
    expect((await get('/pods', client('eve', 'users'))).body).toBe('Forbidden (user=eve, verb=get, path=/pods)');
  });
});

describe('what it serves', () => {
  it('are the pods of the node', async () => {
    const list = JSON.parse((await get('/pods')).body) as { kind: string; items: { metadata: { name: string } }[] };
    expect([list.kind, list.items.map(({ metadata }) => metadata.name)]).toEqual(['PodList', ['web-1']]);
  });

  it('are logs', async () => {
    expect((await get('/containerLogs/default/web-1/web')).body).toBe('one\ntwo\n');
    expect((await get('/containerLogs/default/web-1/web?tailLines=1&timestamps=true')).body).toBe(
      '2030-01-01T00:00:01Z two\n',
    );
  });

  it.each([
    ['/containerLogs/default/none/web', 404, 'pod "none" does not exist'],
    ['/containerLogs/default/web-1/none', 404, 'container "none" not found in pod "web-1"'],
    ['/containerLogs/default/web-1/web?tailLines=x', 400, /^invalid query parameter tailLines/],
    [
      '/containerLogs/default/web-1/web?previous=true',
      400,
      'previous terminated container "web" in pod "web-1" not found',
    ],
    ['/containerLogs/default/web-1/%E0%A4%A', 400, 'URI malformed'],
    ['/run', 404, '404 page not found'],
  ])('is nothing at %s', async (target, status, message) => {
    const answer = await get(target);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(message);
  });
});

describe('the container whose log is meant', () => {
  const status = (state: ContainerStatusEntry['state'], last?: string): ContainerStatusEntry => ({
    name: 'web',
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    containerID: 'containerd://now',
    ...(state ? { state } : {}),
    lastState: last ? { terminated: { exitCode: 1, containerID: last } } : {},
  });
  const of = (given: ContainerStatusEntry | undefined, previous = false) =>
    containerWithLog('web-1', 'web', given, previous);

  it('is the one that runs, or ended, or ended before the one that waits', () => {
    expect(of(status({ running: {} }))).toBe('containerd://now');
    expect(of(status({ terminated: { exitCode: 0, containerID: 'containerd://done' } }))).toBe('containerd://done');
    expect(of(status({ waiting: { reason: 'CrashLoopBackOff' } }, 'containerd://last'))).toBe('containerd://last');
    expect(of(status({ running: {} }, 'containerd://last'), true)).toBe('containerd://last');
  });

  it.each([
    ['ErrImagePull', "image can't be pulled"],
    ['ImagePullBackOff', 'trying and failing to pull image'],
    ['ContainerCreating', 'ContainerCreating'],
  ])('is none while it waits with %s', (reason, words) => {
    expect(() => of(status({ waiting: { reason } }))).toThrow(
      `container "web" in pod "web-1" is waiting to start: ${words}`,
    );
  });
});
