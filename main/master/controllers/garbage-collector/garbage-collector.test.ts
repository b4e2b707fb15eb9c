import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { DeleteOptions } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import {
  configMaps,
  nodes,
  pods,
  replicationControllers,
  secrets,
  type ConfigMap,
  type Pod,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject } from '../../../../test/support/objects.ts';
import { ownedBy } from '../owners.ts';

const namespace = 'default';
let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
});
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(0);
/** With the first few retries. */
const retried = (): Promise<void> => clock.advance(100);

interface Belonging {
  /** Does not keep its owner from going. */
  readonly loosely?: boolean;
  readonly finalizers?: string[];
}

/** ConfigMaps own each other: what the collector does is the same for every kind. */
function make(name: string, owners: readonly Stored[] = [], { loosely, finalizers }: Belonging = {}) {
  const ownerReferences = owners.map((owner, index) => ({
    ...ownedBy(owner),
    controller: index === 0,
    blockOwnerDeletion: loosely !== true,
  }));
  return master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      ...(owners.length > 0 ? { ownerReferences } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
  }) as Promise<Stored<ConfigMap> & Stored>;
}

const remove = (name: string, propagationPolicy?: DeleteOptions['propagationPolicy']): Promise<void> =>
  master.admin.delete(configMaps, { namespace, name }, propagationPolicy ? { propagationPolicy } : {});
const left = async (): Promise<string[]> =>
  (await master.admin.list(configMaps, { namespace })).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt');
const get = (name: string): Promise<Stored<ConfigMap>> => master.admin.get(configMaps, { namespace, name });
const ownersOf = async (name: string): Promise<string[]> =>
  ((await get(name)).metadata.ownerReferences ?? []).map((owner) => owner.name);
async function dropFinalizers(name: string): Promise<void> {
  await master.admin.patch(configMaps, { namespace, name }, 'merge', { metadata: { finalizers: null } });
}

describe('an owner deleted in the background', () => {
  it('goes at once, and all that belongs to it after it', async () => {
    const root = await make('root');
    const branch = await make('branch', [root]);
    await make('leaf-1', [branch]);
    await make('leaf-2', [branch]);
    await make('other');
    await settled();
    await remove('root', 'Background');
    expect(await left()).not.toContain('root');
    await retried();
    expect(await left()).toEqual(['other']);
  });

  it('takes what was made after it was gone', async () => {
    const root = await make('root');
    await remove('root');
    await settled();
    await make('late', [root]);
    await retried();
    expect(await left()).toEqual([]);
  });

  it('leaves what belongs to another one too, but for the reference', async () => {
    const [one, two] = [await make('one'), await make('two')];
    await make('shared', [one, two]);
    await settled();
    await remove('one', 'Background');
    await retried();
    expect(await left()).toEqual(['shared', 'two']);
    expect(await ownersOf('shared')).toEqual(['two']);
    await remove('two', 'Background');
    await retried();
    expect(await left()).toEqual([]);
  });

  it('is not mistaken for another one that was made under its name', async () => {
    const before = await make('root');
    await make('old', [before]);
    await settled();
    await remove('root', 'Background');
    const after = await make('root');
    await make('new', [after]);
    await retried();
    expect(await left()).toEqual(['new', 'root']);
  });
});

describe('an owner deleted in the foreground', () => {
  it('stays until all that belongs to it is gone, from the leaves up', async () => {
    const root = await make('root');
    const branch = await make('branch', [root]);
    await make('leaf', [branch], { finalizers: ['example.com/hold'] });
    await settled();
    await remove('root', 'Foreground');
    await retried();
    expect(await left()).toEqual(['branch', 'leaf', 'root']);
    for (const name of ['root', 'branch', 'leaf']) expect((await get(name)).metadata.deletionTimestamp).toBeDefined();
    await dropFinalizers('leaf');
    await retried();
    expect(await left()).toEqual([]);
  });

  it('goes with all of a circle that belongs to itself', async () => {
    const first = await make('a');
    const second = await make('b', [first]);
    const third = await make('c', [second]);
    const { apiVersion, kind, name, uid } = ownedBy(third);
    const ownerReferences = [{ apiVersion, kind, name, uid, blockOwnerDeletion: true }];
    await master.admin.patch(configMaps, { namespace, name: 'a' }, 'merge', { metadata: { ownerReferences } });
    await settled();
    await remove('a', 'Foreground');
    await retried();
    expect(await left()).toEqual([]);
  });

  it('goes at once when nothing belongs to it', async () => {
    await make('root');
    await settled();
    await remove('root', 'Foreground');
    await retried();
    expect(await left()).toEqual([]);
  });

  it('does not wait for what belongs to it loosely', async () => {
    const root = await make('root');
    await make('loose', [root], { loosely: true, finalizers: ['example.com/hold'] });
    await settled();
    await remove('root', 'Foreground');
    await retried();
    expect(await left()).toEqual(['loose']);
    expect((await get('loose')).metadata.deletionTimestamp).toBeDefined();
  });

  it('does not wait for what another owner keeps', async () => {
    const [going, staying] = [await make('going'), await make('staying')];
    await make('shared', [going, staying]);
    await settled();
    await remove('going', 'Foreground');
    await retried();
    expect(await left()).toEqual(['shared', 'staying']);
    expect(await ownersOf('shared')).toEqual(['staying']);
    expect((await get('shared')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('waits no longer for what someone took away from it', async () => {
    const root = await make('root');
    await make('held', [root], { finalizers: ['example.com/hold'] });
    await settled();
    await remove('root', 'Foreground');
    await retried();
    expect(await left()).toEqual(['held', 'root']);
    await master.admin.patch(configMaps, { namespace, name: 'held' }, 'merge', { metadata: { ownerReferences: null } });
    await retried();
    expect(await left()).toEqual(['held']);
  });
});

describe('an owner that is to leave what belongs to it behind', () => {
  it('goes without it', async () => {
    const root = await make('root');
    await make('a', [root]);
    await make('b', [root], { loosely: true });
    await settled();
    await remove('root', 'Orphan');
    await retried();
    expect(await left()).toEqual(['a', 'b']);
    expect([await ownersOf('a'), await ownersOf('b')]).toEqual([[], []]);
    for (const name of ['a', 'b']) expect((await get(name)).metadata.deletionTimestamp).toBeUndefined();
  });

  it('leaves the other owners of what it leaves', async () => {
    const [going, staying] = [await make('going'), await make('staying')];
    await make('shared', [going, staying]);
    await settled();
    await remove('going', 'Orphan');
    await retried();
    expect(await ownersOf('shared')).toEqual(['staying']);
  });
});

describe('what is left alone', () => {
  const unknown = (kind: string) => ({ apiVersion: 'example.com/v1', kind, name: 'o', uid: 'u' });

  it('belongs to a kind that is not served', async () => {
    const metadata = { name: 'foreign', namespace, ownerReferences: [unknown('Widget')] };
    await master.admin.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await retried();
    expect(await left()).toEqual(['foreign']);
  });

  it('has no namespace, and an owner that would need one', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Secret', name: 'o', uid: 'u' }];
    await master.admin.create(nodes, nodeObject('n', { metadata: { ownerReferences } }));
    await retried();
    expect((await master.admin.list(nodes)).items).toHaveLength(1);
  });

  it('belongs to a node', async () => {
    const node = await master.admin.create(nodes, nodeObject('n'));
    await make('of-node', [node]);
    await retried();
    expect(await left()).toEqual(['of-node']);
    await master.admin.delete(nodes, { name: 'n' });
    await retried();
    expect(await left()).toEqual([]);
  });
});

it('collects what names an owner of another namespace, whose objects it cannot belong to', async () => {
  const owner = await master.admin.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'kube-public' },
  });
  await make('stray', [owner]);
  await retried();
  expect(await left()).toEqual([]);
  await expect(get('stray')).rejects.toSatisfy((error) => isStatus(error, 'NotFound'));
});

it('leaves the pods of a ReplicationController alone, unless it is told otherwise', async () => {
  const makeOne = (name: string): Promise<unknown> =>
    master.admin.create(replicationControllers, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { app: name },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    });
  const podsOf = async (name: string): Promise<readonly Stored<Pod>[]> =>
    (await master.admin.list(pods, { namespace, labelSelector: `app=${name}` })).items;
  await makeOne('kept');
  await makeOne('gone');
  await clock.advance(1000);
  expect([await podsOf('kept'), await podsOf('gone')]).toMatchObject([[{}], [{}]]);
  await master.admin.delete(replicationControllers, { namespace, name: 'kept' });
  await master.admin.delete(replicationControllers, { namespace, name: 'gone' }, { propagationPolicy: 'Background' });
  await clock.advance(1000);
  expect((await master.admin.list(replicationControllers, { namespace })).items).toEqual([]);
  expect(await podsOf('gone')).toEqual([]);
  const [orphan] = await podsOf('kept');
  expect(orphan?.metadata.ownerReferences ?? []).toEqual([]);
});
