import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Client } from '#common/client/client.ts';
import { configMaps, pods, replicationControllers, type ConfigMap } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { controllerObject, podObject } from '../../../../test/support/objects.ts';

const ref = { namespace: 'default', name: 'a' };

const configMap = (data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default', labels: { app: 'a' } },
  data,
});

async function entries(client: Client): Promise<unknown> {
  return (await client.get(configMaps, ref)).metadata.managedFields;
}

const dataOf = (manager: string, ...keys: string[]) => ({
  manager,
  fieldsV1: { 'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
});

it('notes what a creation sets, and neither what the server fills in nor the status', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ clock });
  const client = await master.https();
  const pod = await client.create(pods, {
    ...podObject('web', { metadata: { labels: { app: 'a' } } }),
    spec: {
      containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }],
      nodeSelector: { disk: 'ssd' },
    },
    status: { phase: 'Running' },
  });
  expect(pod.metadata.managedFields).toEqual([
    {
      manager: 'test',
      operation: 'Update',
      apiVersion: 'v1',
      time: pod.metadata.creationTimestamp,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"web"}': {
              '.': {},
              'f:image': {},
              'f:imagePullPolicy': {},
              'f:name': {},
              'f:ports': {
                '.': {},
                'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
              },
              'f:resources': {},
              'f:terminationMessagePath': {},
              'f:terminationMessagePolicy': {},
            },
          },
          'f:dnsPolicy': {},
          'f:enableServiceLinks': {},
          'f:nodeSelector': {},
          'f:restartPolicy': {},
          'f:schedulerName': {},
          'f:securityContext': {},
          'f:terminationGracePeriodSeconds': {},
        },
      },
    },
  ]);
});

it('gives a field to whoever changed it last, and dates only real changes', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ clock });
  const client = master.admin;
  await client.create(configMaps, configMap({ one: '1', two: '2' }), { fieldManager: 'first' });
  const before = await entries(client);
  await clock.advance(60_000);
  await client.patch(configMaps, ref, 'merge', { data: { one: '1' } }, { fieldManager: 'second' });
  expect(await entries(client)).toEqual(before);

  await client.patch(configMaps, ref, 'merge', { data: { one: 'x' } }, { fieldManager: 'second' });
  expect(await entries(client)).toMatchObject([
    { manager: 'first', fieldsV1: { 'f:data': { '.': {}, 'f:two': {} } }, time: '2030-01-01T00:00:00Z' },
    { ...dataOf('second', 'one'), time: '2030-01-01T00:01:00Z' },
  ]);
  await client.patch(configMaps, ref, 'merge', { data: { one: null } }, { fieldManager: 'third' });
  expect(await entries(client)).toHaveLength(1);
});

it('keeps the doors of status and scale apart', async () => {
  await using master = await TestMaster.start({ clock: new VirtualClock() });
  const client = await master.https();
  const rc = { namespace: 'default', name: 'rc' };
  await client.create(replicationControllers, controllerObject('rc', 1));
  await client.patch(replicationControllers, rc, 'merge', { spec: { replicas: 3 } }, { subresource: 'scale' });
  await client.patch(
    replicationControllers,
    rc,
    'merge',
    { status: { replicas: 3 } },
    { subresource: 'status', fieldManager: 'controller' },
  );
  const { metadata } = await client.get(replicationControllers, rc);
  expect(metadata.managedFields).toMatchObject([
    { manager: 'controller', subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } },
    { manager: 'test' },
    { manager: 'test', subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } },
  ]);
  expect(metadata.managedFields![1]!.fieldsV1).not.toHaveProperty(['f:spec', 'f:replicas']);
});

it('remembers ten updaters, and the older ones together', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ clock });
  const client = master.admin;
  await client.create(configMaps, configMap({}), { fieldManager: 'm0' });
  for (let number = 1; number <= 12; number++) {
    await clock.advance(1000);
    await client.patch(configMaps, ref, 'merge', { data: { [`k${number}`]: '' } }, { fieldManager: `m${number}` });
  }
  const found = (await client.get(configMaps, ref)).metadata.managedFields!;
  expect(found.map(({ manager }) => manager)).toEqual([
    'ancient-changes',
    ...Array.from({ length: 9 }, (_, index) => `m${index + 4}`),
  ]);
  expect(found[0]!.fieldsV1).toHaveProperty(['f:data', 'f:k3']);
});

it('stops tracking when it is told to, and ignores entries that make no sense', async () => {
  await using master = await TestMaster.start({ clock: new VirtualClock() });
  const client = await master.https();
  await client.create(configMaps, configMap({ one: '1' }));
  const before = await entries(client);
  const nonsense = [{ manager: 'x', operation: 'Update' as const, fieldsType: 'FieldsV1', fieldsV1: { spec: 1 } }];
  await client.patch(configMaps, ref, 'merge', { metadata: { managedFields: nonsense } });
  expect(await entries(client)).toEqual(before);
  await client.patch(configMaps, ref, 'merge', { metadata: { managedFields: [{}] } });
  expect(await entries(client)).toBeUndefined();
  await client.patch(configMaps, ref, 'merge', { data: { two: '2' } });
  expect(await entries(client)).toBeUndefined();
});
