import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { leases, nodes } from '#common/kube/resources.ts';
import { MemoryClient } from '../../testing/memory-client.ts';
import { nodeResources } from './capacity.ts';
import { nodeConditions, withoutHeartbeats } from './conditions.ts';
import { nodeImages } from './description.ts';
import { keepLease } from './lease.ts';
import { pressureOf, valueOf } from './pressure.ts';
import { NodeReporter } from './reporter.ts';
import { goArchitecture, prettyName } from './system-info.ts';

const NOW = Date.UTC(2030, 0, 1);
const fine = { memory: false, disk: false, pids: false };

describe('the conditions of a node', () => {
  it('are upstream’s words for a node that is well', () => {
    expect(withoutHeartbeats(nodeConditions([], fine, [], NOW))).toEqual([
      {
        type: 'MemoryPressure',
        status: 'False',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
      },
      {
        type: 'DiskPressure',
        status: 'False',
        reason: 'KubeletHasNoDiskPressure',
        message: 'kubelet has no disk pressure',
      },
      {
        type: 'PIDPressure',
        status: 'False',
        reason: 'KubeletHasSufficientPID',
        message: 'kubelet has sufficient PID available',
      },
      { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
    ]);
  });

  it('tell what is wrong', () => {
    const pressed = nodeConditions(['a', 'b'], { memory: true, disk: true, pids: true }, [], NOW);
    expect(pressed.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['MemoryPressure', 'True', 'KubeletHasInsufficientMemory'],
      ['DiskPressure', 'True', 'KubeletHasDiskPressure'],
      ['PIDPressure', 'True', 'KubeletHasInsufficientPID'],
      ['Ready', 'False', 'KubeletNotReady'],
    ]);
    expect(pressed.at(-1)?.message).toBe('[a, b]');
    expect(nodeConditions(['container runtime is down'], fine, [], NOW).at(-1)?.message).toBe(
      'container runtime is down',
    );
  });

  it('keep the time of their last change', () => {
    const before = nodeConditions([], fine, [], NOW);
    const after = nodeConditions(['x'], fine, before, NOW + 60_000);
    expect(after.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([
      '2030-01-01T00:00:00Z',
      '2030-01-01T00:00:00Z',
      '2030-01-01T00:00:00Z',
      '2030-01-01T00:01:00Z',
    ]);
    expect(after.every(({ lastHeartbeatTime }) => lastHeartbeatTime === '2030-01-01T00:01:00Z')).toBe(true);
  });
});

describe('what a node is', () => {
  it('has the machine’s share, less what is kept back', () => {
    expect(nodeResources({ cpus: 1.5, memoryBytes: 2 ** 31, pods: 110 }, 1024 * 1000)).toEqual({
      capacity: { cpu: '1500m', memory: '2097152Ki', 'ephemeral-storage': '1000Ki', pods: '110' },
      allocatable: { cpu: '1500m', memory: '1994752Ki', 'ephemeral-storage': '921600', pods: '110' },
    });
  });

  it('names its system and architecture as others do', () => {
    expect(prettyName('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
    expect(prettyName('')).toBe('Linux');
    expect([goArchitecture('x64'), goArchitecture('arm64')]).toEqual(['amd64', 'arm64']);
  });

  it('tells its largest images first', () => {
    const image = (size: number, tag: string) => ({
      id: tag,
      repoTags: [tag],
      repoDigests: [`${tag}@sha256:1`],
      size,
      uid: null,
      username: '',
    });
    expect(nodeImages([image(1, 'small'), image(9, 'large')])).toEqual([
      { names: ['large@sha256:1', 'large'], sizeBytes: 9 },
      { names: ['small@sha256:1', 'small'], sizeBytes: 1 },
    ]);
  });

  it('is pressed below the thresholds', () => {
    expect(pressureOf({ memoryBytes: 99 * 2 ** 20, disk: 0.09, pids: 0.04 })).toEqual({
      memory: true,
      disk: true,
      pids: true,
    });
    expect(pressureOf({ memoryBytes: 2 ** 30, disk: 0.5, pids: 0.9 })).toEqual(fine);
    expect(valueOf('cache 5\ntotal_inactive_file 42\n', 'total_inactive_file')).toBe(42);
    expect(valueOf('cache 5\n', 'inactive_file')).toBeUndefined();
  });
});

describe('the reports of a node', () => {
  let clock: VirtualClock;
  let client: MemoryClient;
  let scope: Scope;
  let problems: string[];
  let reporter: NodeReporter;

  beforeEach(() => {
    clock = new VirtualClock();
    client = new MemoryClient();
    problems = [];
    scope = new Scope((error) => expect.unreachable(String(error)));
    reporter = new NodeReporter(
      client,
      {
        name: 'node-1',
        labels: { 'kubernetes.io/os': 'linux' },
        status: async (previous) => ({
          capacity: { cpu: '2' },
          conditions: nodeConditions(problems, fine, previous?.conditions ?? [], clock.now()),
        }),
      },
      { clock, random: seededRandom(1), log: silentLog },
    );
  });

  afterEach(() => scope.close());

  const start = async () => {
    scope.run('reporter', (signal) => reporter.run(signal));
    await clock.advance(0);
  };
  const stored = () => client.find(nodes, 'node-1');
  const isReady = () => stored()?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

  it('begin with its registration', async () => {
    await start();
    expect(stored()?.metadata.labels).toEqual({ 'kubernetes.io/os': 'linux' });
    expect(isReady()).toBe('True');
    expect(reporter.uid).toBe(stored()?.metadata.uid);
  });

  it('add to a node that is there already', async () => {
    await client.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', labels: { mine: 'yes' } },
      spec: { podCIDR: '10.244.0.0/24' },
    });
    await start();
    expect(stored()?.metadata.labels).toEqual({ mine: 'yes', 'kubernetes.io/os': 'linux' });
    expect(stored()?.spec?.podCIDR).toBe('10.244.0.0/24');
    expect(isReady()).toBe('True');
  });

  it('come at once when something changes, and not when nothing does', async () => {
    await start();
    const writes = client.writes.length;
    reporter.refresh();
    await clock.advance(200_000);
    expect(client.writes).toHaveLength(writes);
    problems = ['container runtime is down'];
    reporter.refresh();
    await clock.advance(0);
    expect(isReady()).toBe('False');
    expect(client.writes).toHaveLength(writes + 1);
  });

  it('come every five minutes all the same', async () => {
    await start();
    const writes = client.writes.length;
    await clock.advance(301_000);
    expect(client.writes).toHaveLength(writes + 1);
    expect(stored()?.status?.conditions?.[0]?.lastHeartbeatTime).toBe('2030-01-01T00:05:00Z');
  });

  it('correct what others have said in the meantime, and leave theirs alone', async () => {
    await start();
    const others = [
      { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'gone' },
      { type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated', message: 'ok' },
    ];
    reporter.noticed(await client.patch(nodes, { name: 'node-1' }, 'strategic', { status: { conditions: others } }));
    await clock.advance(0);
    expect(isReady()).toBe('True');
    const writes = client.writes.length;
    reporter.noticed(stored()!);
    await clock.advance(1000);
    expect(client.writes).toHaveLength(writes);
    const types = stored()?.status?.conditions?.map(({ type }) => type);
    expect(types).toContain('NetworkUnavailable');
  });

  it('are tried again when the API does not answer', async () => {
    client.failure = new Error('away');
    await start();
    expect(stored()).toBeUndefined();
    client.failure = undefined;
    await clock.advance(10_000);
    expect(isReady()).toBe('True');
  });

  it('go with a lease that is renewed every ten seconds', async () => {
    let ticks = 0;
    const tick = async () => {
      ticks++;
    };
    const node = { name: 'node-1', uid: () => reporter.uid };
    await start();
    const context = { clock, random: seededRandom(1), log: silentLog };
    scope.run('lease', (signal) => keepLease(client, node, context, tick, signal));
    await clock.advance(0);
    const lease = () => client.find(leases, 'node-1', 'kube-node-lease');
    expect(lease()).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Node', name: 'node-1', uid: reporter.uid }] },
      spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40, renewTime: '2030-01-01T00:00:00.000000Z' },
    });
    await clock.advance(60_000);
    expect(ticks).toBeGreaterThanOrEqual(6);
    expect(Date.parse(lease()?.spec?.renewTime ?? '')).toBeGreaterThan(clock.now() - 10_500);

    client.failure = new Error('away');
    await clock.advance(30_000);
    client.failure = undefined;
    await clock.advance(2000);
    expect(Date.parse(lease()?.spec?.renewTime ?? '')).toBeGreaterThan(clock.now() - 2100);
  });
});
