import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '#common/base/scope.ts';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { Informer } from '#common/client/informer.ts';
import { configMaps, events, pods, secrets, services, type Pod } from '#common/kube/resources.ts';
import { Semaphore } from '../../base/semaphore.ts';
import { FakeRuntime } from '../../testing/fake-runtime.ts';
import { MemoryClient } from '../../testing/memory-client.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { ImagePuller } from '../images/image-puller.ts';
import { ObjectTracker } from '../objects/object-tracker.ts';
import { TokenManager } from '../tokens/token-manager.ts';
import { RuntimeMonitor } from '../runtime/monitor.ts';
import { CrashLoops } from './crash-loop.ts';
import { PodDirectories } from './pod-directories.ts';
import { PodManager } from './pod-manager.ts';

type Spec = NonNullable<Pod['spec']>;

const IMAGE = 'docker.io/library/web:1';

let directory: string;
let clock: VirtualClock;
let runtime: FakeRuntime;
let client: MemoryClient;
let scope: Scope;
let cgroups: Set<string>;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pods-'));
  clock = new VirtualClock();
  runtime = new FakeRuntime(clock);
  runtime.addImage(IMAGE);
  client = new MemoryClient();
  cgroups = new Set();
  startAgent();
});

afterEach(async () => {
  await scope.close();
  await rm(directory, { recursive: true });
});

/** An agent, as one start of its process makes it. */
function startAgent(): void {
  scope = new Scope((error) => expect.unreachable(String(error)));
  const context = { clock, random: seededRandom(1), log: silentLog };
  const monitor = new RuntimeMonitor(runtime, context);
  const informer = new Informer(client, pods, { fieldSelector: 'spec.nodeName=node-1' }, context);
  const serviceInformer = new Informer(client, services, {}, context);
  const wake = (uid: string): void => manager.wake(uid);
  const parts = {
    runtime,
    images: new ImagePuller(runtime, context, () => undefined),
    cgroups: {
      version: 1 as const,
      ensure: async (pod: { metadata: { uid: string } }) => {
        cgroups.add(pod.metadata.uid);
        return `/kubepods/pod${pod.metadata.uid}`;
      },
      remove: async (uid: string) => void cgroups.delete(uid),
      listUids: async () => [...cgroups],
    },
    directories: new PodDirectories(path.join(directory, 'state'), path.join(directory, 'logs')),
    configMaps: scope.hold(new ObjectTracker(client, configMaps, context, wake)),
    services: serviceInformer,
    secrets: scope.hold(new ObjectTracker(client, secrets, context, wake)),
    tokens: scope.hold(new TokenManager(client, context, wake)),
    crashLoops: new CrashLoops(),
    starts: new Semaphore(2),
    node: {
      name: 'node-1',
      addresses: ['10.89.0.11'],
      memoryBytes: 2 ** 31,
      allocatable: { cpu: '2', memory: '2Gi', pods: '5' },
      dns: { address: '10.96.0.10', domain: 'cluster.local' },
    },
    context,
  };
  const manager: PodManager = new PodManager(parts, {
    client,
    informer,
    monitor,
    recorder: new EventRecorder(client, { component: 'kubelet', host: 'node-1' }, context),
    onPodsChanged: () => undefined,
  });
  scope.run('monitor', (signal) => monitor.run(signal));
  scope.run('informer', (signal) => informer.run(signal));
  scope.run('services', (signal) => serviceInformer.run(signal));
  scope.run('manager', (signal) => manager.run(signal));
}

async function createPod(spec: Partial<Spec> = {}, name = 'web'): Promise<void> {
  await client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', generation: 1 },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'web:1' }], ...spec },
  });
}

const stored = (name = 'web') => client.find(pods, name, 'default');
const status = (name = 'web') => stored(name)?.status;
const reasons = () => client.all(events).map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`);

/** Files are read and written for real: what is awaited comes within a moment, without time passing. */
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 5 });

const isRunning = (name?: string) =>
  eventually(() => {
    expect(status(name)?.phase).toBe('Running');
  });

describe('a pod that is bound to the node', () => {
  it('is started, told as Running with all that is known of it, and has its files', async () => {
    await createPod();
    await isRunning();
    expect(status()).toMatchObject({
      phase: 'Running',
      hostIP: '10.89.0.11',
      podIP: '10.244.1.2',
      podIPs: [{ ip: '10.244.1.2' }],
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          started: true,
          restartCount: 0,
          image: 'web:1',
          containerID: 'containerd://container-2',
          state: { running: { startedAt: '2030-01-01T00:00:00Z' } },
        },
      ],
    });
    const conditions = Object.fromEntries(status()?.conditions?.map(({ type, status: is }) => [type, is]) ?? []);
    expect(conditions).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
    const uid = stored()?.metadata.uid ?? '';
    const hosts = await readFile(path.join(directory, 'state/pods', uid, 'etc-hosts'), 'utf8');
    expect(hosts).toContain('10.244.1.2\tweb\n');
    await eventually(() =>
      expect(reasons()).toEqual([
        'Pulled: Container image "web:1" already present on machine',
        'Created: Created container: web',
        'Started: Started container web',
      ]),
    );
  });

  it('is left alone afterwards: nothing is asked of the runtime and nothing written while nothing changes', async () => {
    await createPod();
    await isRunning();
    await clock.advance(1000);
    const calls = runtime.calls.length;
    const writes = client.writes.length;
    await clock.advance(120_000);
    expect(runtime.calls).toHaveLength(calls);
    expect(client.writes).toHaveLength(writes);
  });

  it('is restarted when its container ends, at once at first, then later and later', async () => {
    await createPod();
    await isRunning();
    runtime.exit('container-2', 1);
    await eventually(() => expect(status()?.containerStatuses?.[0]?.restartCount).toBe(1));
    expect(status()?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });

    runtime.exit('container-3', 1);
    await eventually(() =>
      expect(status()?.containerStatuses?.[0]?.state?.waiting).toMatchObject({
        reason: 'CrashLoopBackOff',
        message: `back-off 10s restarting failed container=web pod=web_default(${stored()?.metadata.uid ?? ''})`,
      }),
    );
    expect(status()?.phase).toBe('Running');
    expect(status()?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [web]',
    });
    await clock.advance(9000);
    expect(runtime.containers.filter(({ state }) => state === 'CONTAINER_RUNNING')).toHaveLength(0);
    await clock.advance(1500);
    await eventually(() => expect(status()?.containerStatuses?.[0]?.restartCount).toBe(2));
    expect(runtime.containers).toHaveLength(2);
  });

  it('is Succeeded when its work is done, and gives back what it held but its log', async () => {
    await createPod({ restartPolicy: 'OnFailure' });
    await isRunning();
    runtime.exit('container-2', 0);
    await eventually(() => expect(status()?.phase).toBe('Succeeded'));
    await eventually(() => expect(cgroups.size).toBe(0));
    expect(status()?.podIP).toBe('10.244.1.2');
    expect(status()?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ reason: 'PodCompleted' });
    expect(runtime.sandboxes.map(({ state }) => state)).toEqual(['SANDBOX_NOTREADY']);
    expect(runtime.containers).toHaveLength(1);
  });

  it('fails for good when it is never restarted', async () => {
    await createPod({ restartPolicy: 'Never' });
    await isRunning();
    runtime.exit('container-2', 3);
    await eventually(() => expect(status()?.phase).toBe('Failed'));
    expect(status()?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
  });

  it('gets a new sandbox when the old one ended, as after a start of the machine', async () => {
    await createPod();
    await isRunning();
    runtime.reboot();
    await eventually(() => expect(runtime.calls).toContain('runPodSandbox web 1'));
    await eventually(() => expect(status()?.containerStatuses?.[0]?.restartCount).toBe(1));
    expect(status()?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(255);
  });

  it('waits when its sandbox cannot be made, and is tried again', async () => {
    runtime.sandboxFailure = 'no address left';
    await createPod();
    await eventually(() =>
      expect(reasons()).toContain('FailedCreatePodSandBox: Failed to create pod sandbox: no address left'),
    );
    await clock.advance(1000);
    await isRunning();
  });

  it('is refused when it asks for more than is left', async () => {
    await createPod({ containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '1500m' } } }] }, 'a');
    await isRunning('a');
    await createPod({ containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '600m' } } }] }, 'b');
    await eventually(() => expect(status('b')?.phase).toBe('Failed'));
    expect(status('b')).toMatchObject({
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000",
    });
    expect(runtime.sandboxes).toHaveLength(1);
  });
});

describe('images', () => {
  it('that may not be pulled and are not there keep the container waiting', async () => {
    await createPod({ containers: [{ name: 'web', image: 'other', imagePullPolicy: 'Never' }] });
    await eventually(() =>
      expect(status()?.containerStatuses?.[0]?.state?.waiting).toEqual({
        reason: 'ErrImageNeverPull',
        message: 'Container image "other" is not present with pull policy of Never',
      }),
    );
    expect(status()?.phase).toBe('Pending');
    runtime.addImage('docker.io/library/other:latest');
    await clock.advance(10_000);
    await isRunning();
  });

  it('that cannot be pulled are tried again with a back-off', async () => {
    const waiting = () => status()?.containerStatuses?.[0]?.state?.waiting;
    await createPod({ containers: [{ name: 'web', image: 'missing:1' }] });
    await eventually(() => expect(waiting()?.reason).toBe('ErrImagePull'));
    expect(waiting()?.message).toBe('failed to resolve reference "docker.io/library/missing:1"');
    expect(runtime.calls.filter((call) => call.startsWith('pullImage'))).toHaveLength(1);
    await clock.advance(10_000);
    await eventually(() => expect(runtime.calls.filter((call) => call.startsWith('pullImage'))).toHaveLength(2));
    await eventually(() =>
      expect(reasons()).toContain(
        'Failed: Failed to pull image "missing:1": failed to resolve reference "docker.io/library/missing:1"',
      ),
    );
  });
});

describe('a pod that is deleted', () => {
  it('ends, is told to have ended, leaves nothing behind, and is removed from the API', async () => {
    await createPod();
    await isRunning();
    const uid = stored()?.metadata.uid ?? '';
    await client.delete(pods, { namespace: 'default', name: 'web' });
    await eventually(() => expect(stored()).toBeUndefined());
    expect(runtime.calls).toContain('stopContainer web 30');
    expect(client.writes.slice(-2)).toEqual(['patch pods', 'delete pods grace=0']);
    expect(runtime.sandboxes).toEqual([]);
    expect(runtime.containers).toEqual([]);
    expect(cgroups.size).toBe(0);
    await expect(access(path.join(directory, 'state/pods', uid))).rejects.toThrow();
    await expect(access(path.join(directory, 'logs', `default_web_${uid}`))).rejects.toThrow();
    await eventually(() => expect(reasons()).toContain('Killing: Stopping container web'));
  });

  it('ends sooner when it is deleted once more with less patience', async () => {
    runtime.stubborn = true;
    await createPod();
    await isRunning();
    await client.delete(pods, { namespace: 'default', name: 'web' });
    await eventually(() => expect(runtime.calls).toContain('stopContainer web 30'));
    await client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
    await eventually(() => expect(runtime.calls).toContain('stopContainer web 1'));
    await clock.advance(1000);
    await eventually(() => expect(runtime.sandboxes).toEqual([]));
  });

  it('stays in the API until its end could be told', async () => {
    await createPod();
    await isRunning();
    await client.delete(pods, { namespace: 'default', name: 'web' });
    client.failure = new Error('the API is away');
    await eventually(() => expect(runtime.containers.map(({ state }) => state)).toEqual(['CONTAINER_EXITED']));
    expect(runtime.sandboxes).toHaveLength(1);
    client.failure = undefined;
    await clock.advance(10_000);
    await eventually(() => expect(stored()).toBeUndefined());
  });
});

describe('an agent that is started anew', () => {
  it('finds its pods running and does not touch them', async () => {
    await createPod();
    await isRunning();
    const before = runtime.containers;
    const writes = client.writes.length;
    await scope.close();
    startAgent();
    await clock.advance(60_000);
    expect(runtime.containers).toEqual(before);
    expect(client.writes).toHaveLength(writes);
    runtime.exit('container-2', 1);
    await eventually(() => expect(status()?.containerStatuses?.[0]?.restartCount).toBe(1));
  });

  it('ends the pods that the API no longer has', async () => {
    await createPod({ terminationGracePeriodSeconds: 7 });
    await createPod({}, 'kept');
    await isRunning();
    await isRunning('kept');
    await scope.close();
    await client.delete(pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 });
    cgroups.add('long-gone');
    startAgent();
    await eventually(() => expect(runtime.sandboxes.map(({ metadata }) => metadata.name)).toEqual(['kept']));
    expect(runtime.calls).toContain('stopContainer web 7');
    await eventually(() => expect([...cgroups]).toEqual([stored('kept')?.metadata.uid]));
  });

  it('goes on with a deletion that was cut off', async () => {
    runtime.stubborn = true;
    await createPod();
    await isRunning();
    await client.delete(pods, { namespace: 'default', name: 'web' });
    await eventually(() => expect(runtime.calls).toContain('stopContainer web 30'));
    await scope.close();
    runtime.stubborn = false;
    startAgent();
    await eventually(() => expect(stored()).toBeUndefined());
    expect(runtime.sandboxes).toEqual([]);
  });
});

describe('ConfigMaps', () => {
  const volume: Partial<Spec> = {
    containers: [{ name: 'web', image: 'web:1', volumeMounts: [{ name: 'cfg', mountPath: '/etc/web' }] }],
    volumes: [{ name: 'cfg', configMap: { name: 'settings' } }],
  };
  const put = (colour: string) => ({
    apiVersion: 'v1' as const,
    kind: 'ConfigMap' as const,
    metadata: { name: 'settings', namespace: 'default' },
    data: { colour },
  });
  const file = () =>
    path.join(directory, 'state/pods', stored()?.metadata.uid ?? '', 'volumes/kubernetes.io~configmap/cfg/colour');

  it('are waited for, mounted when they come, and followed when they change', async () => {
    await createPod(volume);
    await eventually(() =>
      expect(reasons()).toContain(
        'FailedMount: MountVolume.SetUp failed for volume "cfg" : configmap "settings" not found',
      ),
    );
    expect(status()?.containerStatuses?.[0]?.state?.waiting).toEqual({ reason: 'ContainerCreating' });
    await client.create(configMaps, put('blue'));
    await isRunning();
    expect(await readFile(file(), 'utf8')).toBe('blue');
    expect(runtime.containers[0]?.config.mounts).toContainEqual(
      expect.objectContaining({ containerPath: '/etc/web', hostPath: path.dirname(file()) }),
    );
    await client.update(configMaps, put('green'));
    await eventually(async () => expect(await readFile(file(), 'utf8')).toBe('green'));
    expect(runtime.containers).toHaveLength(1);
  });

  it('that variables need keep the container waiting with the reason', async () => {
    await createPod({
      containers: [
        {
          name: 'web',
          image: 'web:1',
          env: [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }],
        },
      ],
    });
    await eventually(() =>
      expect(status()?.containerStatuses?.[0]?.state?.waiting).toEqual({
        reason: 'CreateContainerConfigError',
        message: 'configmap "settings" not found',
      }),
    );
    await client.create(configMaps, put('blue'));
    await isRunning();
    const [variable] = runtime.containers[0]?.config.envs ?? [];
    expect([variable?.key, Buffer.from(variable?.value ?? []).toString()]).toEqual(['COLOUR', 'blue']);
  });
});

it('tells containers where Services are', async () => {
  await client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] },
  });
  await createPod();
  await isRunning();
  const told = (runtime.containers[0]?.config.envs ?? []).map(
    ({ key, value }) => `${key}=${Buffer.from(value).toString()}`,
  );
  expect(told).toContain('KUBERNETES_SERVICE_HOST=10.96.0.1');
});
