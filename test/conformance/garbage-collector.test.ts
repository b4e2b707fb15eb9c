import { describe, expect, test } from 'vitest';
import type { RawObject } from '../support/raw-http.ts';
import { until } from '../support/until.ts';
import { useMaster } from './conformance-master.ts';

const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';
const PODS = '/api/v1/namespaces/default/pods';

describe('the garbage collector', () => {
  const master = useMaster();

  const podsOf = async (name: string): Promise<readonly RawObject[]> =>
    (await master.api.get(`${PODS}?labelSelector=app%3D${name}`)).json().items ?? [];
  const isGone = async (path: string): Promise<boolean> => (await master.api.get(path)).status === 404;

  /** A ReplicationController with all its pods. */
  async function makeController(name: string, replicas: number): Promise<RawObject> {
    const made = await master.api.post(CONTROLLERS, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name },
      spec: {
        replicas,
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    });
    expect(made.status).toBe(201);
    await until(async () => (await podsOf(name)).length === replicas);
    return made.json();
  }

  const owner = ({ apiVersion, kind, metadata }: RawObject, block = false): object => ({
    apiVersion,
    kind,
    name: metadata?.name,
    uid: metadata?.uid,
    ...(block ? { blockOwnerDeletion: true } : {}),
  });
  async function makePod(name: string, owners: readonly object[] = []): Promise<RawObject> {
    const made = await master.api.post(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ownerReferences: owners },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    });
    expect(made.status).toBe(201);
    return made.json();
  }

  test('[AM12] the pods of a controller go after it, when it is deleted in the background', async () => {
    await makeController('background', 2);
    await master.api.delete(`${CONTROLLERS}/background`, { propagationPolicy: 'Background' });
    expect(await isGone(`${CONTROLLERS}/background`)).toBe(true);
    await until(async () => (await podsOf('background')).length === 0);
  });

  test('[AM12] the pods of a controller stay, when it orphans them', async () => {
    await makeController('orphaning', 3);
    await master.api.delete(`${CONTROLLERS}/orphaning`, { propagationPolicy: 'Orphan' });
    await until(() => isGone(`${CONTROLLERS}/orphaning`));
    const left = await podsOf('orphaning');
    expect(left).toHaveLength(3);
    for (const { metadata } of left) expect(metadata?.['ownerReferences']).toBeUndefined();
  });

  test('[AM12] a controller stays until its pods are gone, when it is deleted in the foreground', async () => {
    await makeController('foreground', 2);
    const [held] = await podsOf('foreground');
    const place = `${PODS}/${held?.metadata?.name}`;
    await master.api.patch(place, 'merge', { metadata: { finalizers: ['example.com/hold'] } });
    await master.api.delete(`${CONTROLLERS}/foreground`, { propagationPolicy: 'Foreground' });
    await until(async () => (await podsOf('foreground')).length === 1);
    const waiting = await master.api.get(`${CONTROLLERS}/foreground`);
    expect(waiting.json().metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
    await master.api.patch(place, 'merge', { metadata: { finalizers: null } });
    await until(() => isGone(`${CONTROLLERS}/foreground`));
    expect(await podsOf('foreground')).toEqual([]);
  });

  test('[AM12] what another living owner has stays, when one that waits for it is deleted', async () => {
    const going = await makeController('going', 4);
    const staying = await makeController('staying', 0);
    const shared = (await podsOf('going')).slice(0, 2).map(({ metadata }) => metadata?.name);
    for (const name of shared) {
      const added = await master.api.patch(`${PODS}/${name}`, 'strategic', {
        metadata: { ownerReferences: [owner(staying)] },
      });
      expect(added.status).toBe(200);
    }
    await master.api.delete(`${CONTROLLERS}/going`, { propagationPolicy: 'Foreground' });
    await until(() => isGone(`${CONTROLLERS}/going`));
    const left = await podsOf('going');
    expect(left.map(({ metadata }) => metadata?.name).sort()).toEqual(shared.sort());
    for (const { metadata } of left) {
      expect(metadata?.['ownerReferences']).toEqual([owner(staying)]);
      expect(metadata?.['ownerReferences']).not.toContainEqual(owner(going));
    }
  });

  test('[AM12] owners in a circle block nobody', async () => {
    const first = await makePod('circle-1');
    const second = await makePod('circle-2', [owner(first, true)]);
    const third = await makePod('circle-3', [owner(second, true)]);
    const closed = await master.api.patch(`${PODS}/circle-1`, 'strategic', {
      metadata: { ownerReferences: [owner(third, true)] },
    });
    expect(closed.status).toBe(200);
    await master.api.delete(`${PODS}/circle-1`, { propagationPolicy: 'Foreground' });
    for (const number of [1, 2, 3]) await until(() => isGone(`${PODS}/circle-${number}`));
  });
});
