import { expect, it } from 'vitest';
import { pods } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../../test/support/master.ts';
import { podObject } from '../../../../../../test/support/objects.ts';
import { rawRequest } from '../../../../../../test/support/raw-request.ts';

const PATH = '/api/v1/namespaces/default/pods/web';
const ref = { namespace: 'default', name: 'web' };

async function evict(master: TestMaster, deleteOptions?: unknown) {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' }, deleteOptions };
  return rawRequest(master, `${PATH}/eviction`, { method: 'POST', body: JSON.stringify(body) });
}

it('evicts a pod as a deletion would, tries it first, and keeps to preconditions', async () => {
  await using master = await TestMaster.start();
  await master.admin.create(pods, podObject('web'));
  expect((await evict(master, { dryRun: ['All'] })).status).toBe(201);
  const { uid } = (await master.admin.get(pods, ref)).metadata;
  const other = await evict(master, { preconditions: { uid: 'other' } });
  expect([other.status, other.json()['message']]).toEqual([
    409,
    `Operation cannot be fulfilled on Pod "web": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
  ]);
  expect((await evict(master, { propagationPolicy: 'Sideways' })).status).toBe(422);
  expect((await master.admin.get(pods, ref)).metadata.deletionTimestamp).toBeUndefined();
  const evicted = await evict(master);
  expect(evicted.status).toBe(201);
  expect(evicted.json()).toMatchObject({ kind: 'Status', status: 'Success' });
  await expect(master.admin.get(pods, ref)).rejects.toMatchObject({ reason: 'NotFound' });
  expect((await evict(master)).status).toBe(404);
});

it('gives a running pod its grace', async () => {
  await using master = await TestMaster.start();
  await master.admin.create(pods, podObject('web', { spec: { nodeName: 'a' } }));
  expect((await evict(master, { gracePeriodSeconds: 7 })).status).toBe(201);
  expect((await master.admin.get(pods, ref)).metadata.deletionGracePeriodSeconds).toBe(7);
});

it('adds containers to a pod to look into it, and never changes or removes them', async () => {
  await using master = await TestMaster.start();
  await master.admin.create(pods, podObject('web'));
  const patch = (containers: unknown) =>
    rawRequest(master, `${PATH}/ephemeralcontainers`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec: { ephemeralContainers: containers } }),
    });
  const debug = { name: 'debug', image: 'busybox', targetContainerName: 'web' };
  expect((await patch([debug])).status).toBe(200);
  const { spec } = (await rawRequest(master, `${PATH}/ephemeralcontainers`)).json<{ spec: unknown }>();
  expect(spec).toMatchObject({ ephemeralContainers: [{ ...debug, imagePullPolicy: 'Always' }] });
  for (const [containers, message] of [
    [[], 'may not be removed'],
    [[{ ...debug, image: 'other', imagePullPolicy: 'Always' }], 'may not be changed'],
    [[debug, { name: 'web', image: 'a' }], 'Duplicate value: "web"'],
    [[debug, { name: 'more', image: 'a', ports: [{ containerPort: 80 }] }], 'cannot be set for an Ephemeral Container'],
    [[debug, { name: 'more', image: 'a', targetContainerName: 'x' }], 'Not found: "x"'],
  ] as const) {
    const answer = await patch(containers);
    expect(answer.status).toBe(422);
    expect(answer.json()['message']).toContain(message);
  }
  const replaced = { ...podObject('web'), spec: { ...podObject('web').spec!, ephemeralContainers: [] } };
  const throughMainDoor = await rawRequest(master, PATH, { method: 'PUT', body: JSON.stringify(replaced) });
  expect(throughMainDoor.status).toBe(422);
});
