import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import { events, leases, nodes, pods, type Node } from '#common/kube/resources.ts';
import { microTimeText } from '#common/kube/time.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';
import { SuspendableClock } from '../../../../test/support/suspendable-clock.ts';
import { GRACE_MS } from './node-lifecycle.ts';

const LEASES = 'kube-node-lease';
let clock: SuspendableClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new SuspendableClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

const node = (name = 'a'): Promise<Stored<Node>> => master.admin.get(nodes, { name });
const readiness = async (name = 'a'): Promise<string | undefined> =>
  (await node(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const taints = async (name = 'a'): Promise<string[]> =>
  ((await node(name)).spec?.taints ?? [])
    .map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
    .sort();

async function addNode(name = 'a'): Promise<void> {
  await master.admin.create(nodes, nodeObject(name));
  await master.admin.create(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: LEASES },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimeText(clock.now()) },
  });
}

/** What a kubelet does every ten seconds. */
async function heartbeat(name = 'a'): Promise<void> {
  const spec = { renewTime: microTimeText(clock.now()) };
  await master.admin.patch(leases, { namespace: LEASES, name }, 'merge', { spec });
}

async function report(status: 'True' | 'False', name = 'a'): Promise<void> {
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: type === 'Ready' ? status : 'False',
    lastHeartbeatTime: '2030-01-01T00:00:00Z',
  }));
  await master.admin.patch(nodes, { name }, 'strategic', { status: { conditions } }, { subresource: 'status' });
}

async function live(forMs: number, name = 'a'): Promise<void> {
  for (let passed = 0; passed < forMs; passed += 10_000) {
    await clock.advance(10_000);
    await heartbeat(name);
  }
  await clock.advance(0);
}

describe('a node', () => {
  it('whose lease is renewed is left alone', async () => {
    await addNode();
    await report('True');
    await live(600_000);
    expect([await readiness(), await taints()]).toEqual(['True', []]);
  });

  it('whose lease is not renewed in time is unknown, and tainted', async () => {
    await addNode();
    await report('True');
    await live(60_000);
    await clock.advance(GRACE_MS - 1);
    expect(await readiness()).toBe('True');
    await clock.advance(10);
    expect(await taints()).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    const { conditions = [] } = (await node()).status!;
    expect(conditions.map(({ type, status, reason, message }) => [type, status, reason, message]).sort()).toEqual(
      ['DiskPressure', 'MemoryPressure', 'PIDPressure', 'Ready'].map((type) => [
        type,
        'Unknown',
        'NodeStatusUnknown',
        'Kubelet stopped posting node status.',
      ]),
    );
    expect(conditions.map(({ lastHeartbeatTime }) => lastHeartbeatTime)).toEqual(Array(4).fill('2030-01-01T00:00:00Z'));
    const told = (await master.admin.list(events)).items.filter(({ reason }) => reason === 'NodeNotReady');
    expect(told.map(({ message, count }) => [message, count])).toEqual([['Node a status is now: NodeNotReady', 1]]);
  });

  it("that never said anything is told so in upstream's words", async () => {
    await master.admin.create(nodes, nodeObject('mute', { conditions: [] }));
    await clock.advance(0);
    expect(await taints('mute')).toEqual(['not-ready:NoSchedule']);
    await clock.advance(GRACE_MS + 10);
    const { metadata, status } = await node('mute');
    expect(status?.conditions).toHaveLength(4);
    expect(status?.conditions).toContainEqual({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: metadata.creationTimestamp,
      lastTransitionTime: '2030-01-01T00:00:50Z',
    });
    expect(await taints('mute')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
  });

  it('that comes back is free of its taints, and watched anew', async () => {
    await addNode();
    await report('True');
    await clock.advance(GRACE_MS + 10);
    expect(await readiness()).toBe('Unknown');
    await heartbeat();
    await report('True');
    await clock.advance(0);
    expect([await readiness(), await taints()]).toEqual(['True', []]);
    await live(30_000);
    await clock.advance(GRACE_MS - 1);
    expect(await readiness()).toBe('True');
    await clock.advance(10);
    expect(await readiness()).toBe('Unknown');
  });

  it('that says itself that it is not ready is tainted at once, and keeps its taints of other origin', async () => {
    await addNode();
    await report('True');
    await master.admin.patch(nodes, { name: 'a' }, 'merge', {
      spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] },
    });
    await report('False');
    await clock.advance(0);
    expect(await taints()).toEqual(['dedicated:NoSchedule', 'not-ready:NoExecute', 'not-ready:NoSchedule']);
    await report('True');
    await clock.advance(0);
    expect(await taints()).toEqual(['dedicated:NoSchedule']);
  });

  it('does not outlive its silence by the changes of others', async () => {
    await addNode();
    await report('True');
    for (let second = 0; second < 60; second += 10) {
      await master.admin.patch(nodes, { name: 'a' }, 'merge', {
        metadata: { annotations: { second: String(second) } },
      });
      await clock.advance(10_000);
    }
    expect(await readiness()).toBe('Unknown');
  });
});

it('makes Services turn away from the pods of a silent node', async () => {
  await addNode();
  await report('True');
  const conditions = [{ type: 'Ready', status: 'True' }];
  for (const [name, nodeName] of [
    ['here', 'a'],
    ['elsewhere', 'b'],
  ]) {
    await master.admin.create(pods, podObject(name!, { spec: { nodeName: nodeName! } }));
    await master.admin.patch(
      pods,
      { namespace: 'default', name: name! },
      'strategic',
      { status: { conditions } },
      { subresource: 'status' },
    );
  }
  await clock.advance(GRACE_MS + 10);
  const readyOf = async (name: string) =>
    (await master.admin.get(pods, { namespace: 'default', name })).status?.conditions?.find(
      ({ type }) => type === 'Ready',
    )?.status;
  expect([await readyOf('here'), await readyOf('elsewhere')]).toEqual(['False', 'True']);
});

describe('after this computer has slept', () => {
  it('a node is given its time anew', async () => {
    await addNode();
    await report('True');
    await live(30_000);
    clock.suspend(8 * 3_600_000);
    // The alarm that was due hours ago rings now, and the kubelet was as asleep as we were.
    await clock.advance(GRACE_MS - 1);
    expect(await readiness()).toBe('True');
    await heartbeat();
    await live(60_000);
    expect([await readiness(), await taints()]).toEqual(['True', []]);
  });

  it('a node that had been silent for a while before is given its time anew as well, once that is told', async () => {
    await addNode();
    await report('True');
    await clock.advance(GRACE_MS - 5_000);
    // A clock that stands still while the computer sleeps does not show it.
    master.controllers!.awoke();
    await clock.advance(GRACE_MS - 1);
    expect([await readiness(), await taints()]).toEqual(['True', []]);
    await clock.advance(10);
    expect(await readiness()).toBe('Unknown');
  });

  it.each([
    ['a clock that went on', () => clock.suspend(8 * 3_600_000)],
    ['a clock that stood still', () => master.controllers!.awoke()],
  ])('pods of a node that was lost before stay for their whole time again, by %s', async (_, wake) => {
    await addNode();
    await report('True');
    await master.admin.create(pods, podObject('p', { spec: { nodeName: 'a' } }));
    await clock.advance(GRACE_MS + 10);
    expect(await taints()).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    const isStaying = async (): Promise<boolean> =>
      (await master.admin.list(pods)).items.some(({ metadata }) => metadata.deletionTimestamp === undefined);
    await clock.advance(295_000);
    wake();
    await clock.advance(299_000);
    expect(await isStaying()).toBe(true);
    await clock.advance(10_000);
    expect(await isStaying()).toBe(false);
  });

  it('a node that does not wake up is found silent after that time', async () => {
    await addNode();
    await report('True');
    clock.suspend(8 * 3_600_000);
    await clock.advance(GRACE_MS + 10);
    expect(await readiness()).toBe('True');
    await clock.advance(GRACE_MS + 10);
    expect(await readiness()).toBe('Unknown');
  });
});
