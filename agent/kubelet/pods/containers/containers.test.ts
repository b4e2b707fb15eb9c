import { describe, expect, it } from 'vitest';
import type { Image } from '../../../cri/types.ts';
import { pod } from '../../../testing/pods.ts';
import type { ContainerSpec } from '../pod.ts';
import { containerConfig } from './container-config.ts';
import { containerHash } from './hash.ts';
import { containerResources, cpuShares, oomScoreAdjustment } from './resources.ts';
import { containerSecurityContext } from './security-context.ts';

const image = (change: Partial<Image> = {}): Image => ({
  id: 'sha256:1',
  repoTags: [],
  repoDigests: [],
  size: 1,
  uid: null,
  username: '',
  ...change,
});
const web: ContainerSpec = { name: 'web', image: 'web:1' };

describe('limits of a container', () => {
  it('are what the runtime understands', () => {
    const container: ContainerSpec = {
      ...web,
      resources: { limits: { cpu: '200m', memory: '64Mi' }, requests: { cpu: '100m', memory: '32Mi' } },
    };
    expect(containerResources(container, 'Burstable', 2 ** 31, 1)).toEqual({
      cpuPeriod: 100_000,
      cpuQuota: 20_000,
      cpuShares: 102,
      memoryLimitInBytes: 67_108_864,
      oomScoreAdj: 984,
    });
    expect(containerResources(container, 'Burstable', 2 ** 31, 2).unified).toEqual({ 'memory.oom.group': '1' });
  });

  it('are none where none are asked for', () => {
    expect(containerResources(web, 'BestEffort', 2 ** 31, 1)).toEqual({
      cpuPeriod: 100_000,
      cpuQuota: 0,
      cpuShares: 2,
      memoryLimitInBytes: 0,
      oomScoreAdj: 1000,
    });
  });

  it.each([
    [0, 2],
    [1, 2],
    [1000, 1024],
    [300_000, 262_144],
  ])('weigh %i thousandths of a CPU as %i', (milli, shares) => {
    expect(cpuShares(milli)).toBe(shares);
  });

  it.each([
    ['Guaranteed', 2 ** 20, -997],
    ['BestEffort', 0, 1000],
    ['Burstable', 0, 999],
    ['Burstable', 2 ** 30, 500],
    ['Burstable', 2 ** 31, 3],
  ] as const)('let %s with %i bytes die at %i', (qosClass, bytes, score) => {
    expect(oomScoreAdjustment(qosClass, bytes, 2 ** 31)).toBe(score);
  });
});

describe('rights of a container', () => {
  const rights = (container: Partial<ContainerSpec> = {}, shared: object = {}, of: Image = image()) =>
    containerSecurityContext(pod({ securityContext: shared }), { ...web, ...container }, of);

  it('are few without a wish', () => {
    const context = rights();
    expect(context).toMatchObject({
      privileged: false,
      readonlyRootfs: false,
      noNewPrivs: false,
      seccomp: { profileType: 'RuntimeDefault' },
    });
    expect(context.maskedPaths).toContain('/proc/kcore');
    expect(context.readonlyPaths).toContain('/proc/sys');
    expect(context.runAsUser).toBeUndefined();
  });

  it('of the container go before those of the pod, and those before the image’s', () => {
    const shared = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000] };
    expect(rights({ securityContext: { runAsUser: 5 } }, shared)).toMatchObject({
      runAsUser: { value: 5 },
      runAsGroup: { value: 1000 },
      supplementalGroups: [2000, 3000],
    });
    expect(rights({}, {}, image({ uid: { value: 101 } })).runAsUser).toEqual({ value: 101 });
    expect(rights({}, {}, image({ username: 'nginx' })).runAsUsername).toBe('nginx');
  });

  it('are all of them when it is privileged', () => {
    expect(rights({ securityContext: { privileged: true } })).toMatchObject({
      privileged: true,
      maskedPaths: [],
      readonlyPaths: [],
      seccomp: { profileType: 'Unconfined' },
    });
  });

  it('can be narrowed', () => {
    const securityContext = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    };
    expect(rights({ securityContext })).toMatchObject({
      noNewPrivs: true,
      readonlyRootfs: true,
      capabilities: { addCapabilities: ['NET_BIND_SERVICE'], dropCapabilities: ['ALL'] },
    });
  });

  it.each([
    [{ runAsNonRoot: true, runAsUser: 0 }, image(), "container's runAsUser breaks non-root policy"],
    [{ runAsNonRoot: true }, image(), 'container has runAsNonRoot and image will run as root'],
    [{ runAsNonRoot: true }, image({ uid: { value: 0 } }), 'container has runAsNonRoot and image will run as root'],
    [
      { runAsNonRoot: true },
      image({ username: 'nginx' }),
      'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root',
    ],
  ])('are refused when it would be root but must not (%#)', (shared, of, message) => {
    expect(() => rights({}, shared, of)).toThrow(`${message} (pod: "web-1_default(uid-1)", container: web)`);
  });

  it('are given when it is not root', () => {
    expect(() => rights({}, { runAsNonRoot: true }, image({ uid: { value: 1 } }))).not.toThrow();
    expect(() => rights({ securityContext: { runAsNonRoot: false } }, { runAsNonRoot: true })).not.toThrow();
  });
});

describe('the configuration of a container', () => {
  const parts = {
    image: image(),
    restartCount: 3,
    variables: new Map([['NAME', 'world']]),
    mounts: [],
    resources: containerResources(web, 'BestEffort', 1, 1),
  };

  it('has its variables in command and arguments', () => {
    const container = { ...web, command: ['echo', '$(NAME)'], args: ['$$(NAME)', '$(NONE)'] };
    expect(containerConfig(pod(), container, parts)).toMatchObject({
      metadata: { name: 'web', attempt: 3 },
      image: { image: 'sha256:1', userSpecifiedImage: 'web:1' },
      command: ['echo', 'world'],
      args: ['$(NAME)', '$(NONE)'],
      logPath: 'web/3.log',
    });
  });

  it('carries what has to be known of it after a restart of the agent', () => {
    const config = containerConfig(pod({ terminationGracePeriodSeconds: 7 }), web, parts);
    expect(config.labels).toMatchObject({ 'io.kubernetes.container.name': 'web', 'io.kubernetes.pod.uid': 'uid-1' });
    expect(config.annotations).toEqual({
      'io.kubernetes.container.hash': containerHash(web),
      'io.kubernetes.container.restartCount': '3',
      'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
      'io.kubernetes.container.terminationMessagePolicy': 'File',
      'io.kubernetes.pod.terminationGracePeriod': '7',
    });
  });
});
