import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { nodes, pods, serviceAccounts, type Pod } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { authenticated, NODES } from '../user.ts';
import { TokenManager } from '../../../../../agent/kubelet/tokens/token-manager.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Without jitter, times can be told exactly. */
const random = { next: () => 0, bytes: (length: number) => new Uint8Array(length) };

let clock: VirtualClock;
let master: TestMaster;
let pod: Stored<Pod>;
let failure: Error | undefined;
let woken: string[];
let manager: TokenManager;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock });
  const metadata = { namespace: 'default', name: 'web' };
  await master.admin.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await master.admin.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } });
  pod = await master.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { nodeName: 'one', serviceAccountName: 'web', containers: [{ name: 'web', image: 'web' }] },
  });
  const node = master.client(authenticated('system:node:one', [NODES]));
  failure = undefined;
  const ask = node.createSubresource.bind(node);
  vi.spyOn(node, 'createSubresource').mockImplementation((...args) =>
    failure ? Promise.reject(failure) : ask(...args),
  );
  woken = [];
  manager = new TokenManager(node, { clock, random, log: silentLog }, (uid) => woken.push(uid));
});

afterEach(async () => {
  manager[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

const get = () => manager.get(pod, { expirationSeconds: 3600 });

it('asks for a token once, and for another when four fifths of its life are over', async () => {
  const first = await get();
  expect(await get()).toBe(first);
  await clock.advance(48 * MINUTE - 1);
  expect(await get()).toBe(first);
  expect(woken).toEqual([]);
  await clock.advance(1);
  expect(woken).toEqual([pod.metadata.uid]);
  expect(await get()).not.toBe(first);
});

it('replaces a long-lived token after a day', async () => {
  const wish = { expirationSeconds: 100 * 3600 };
  const first = await manager.get(pod, wish);
  await clock.advance(24 * HOUR);
  expect(woken).toEqual([pod.metadata.uid]);
  expect(await manager.get(pod, wish)).not.toBe(first);
});

it('keeps tokens for other audiences apart', async () => {
  const tokens = await Promise.all([get(), manager.get(pod, { expirationSeconds: 3600, audience: 'vault' })]);
  expect(new Set(tokens).size).toBe(2);
  const claims = JSON.parse(Buffer.from(tokens[1].split('.')[1]!, 'base64url').toString()) as object;
  expect(claims).toMatchObject({
    aud: ['vault'],
    'kubernetes.io': { pod: { name: 'web', uid: pod.metadata.uid }, node: { name: 'one' } },
  });
});

it('uses the old token while it is good and no newer one can be had, and tries again', async () => {
  const first = await get();
  await clock.advance(48 * MINUTE);
  failure = statusError.serviceUnavailable('starting');
  expect(await get()).toBe(first);
  woken = [];
  await clock.advance(MINUTE);
  expect(woken).toEqual([pod.metadata.uid]);
  await clock.advance(11 * MINUTE);
  await expect(get()).rejects.toThrow(/^token expired and refresh failed: .*starting/);
});

it('says why there is no token', async () => {
  await master.admin.delete(serviceAccounts, { namespace: 'default', name: 'web' });
  await expect(get()).rejects.toThrow('failed to fetch token: serviceaccounts "web" not found');
});

it('wakes nobody for a pod that is gone', async () => {
  await get();
  manager.forget(pod.metadata.uid);
  await clock.advance(HOUR);
  expect(woken).toEqual([]);
});
