import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Stored } from '#common/kube/object.ts';
import {
  configMaps,
  namespaces,
  pods,
  replicationControllers,
  secrets,
  services,
  type Namespace,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { controllerObject, podObject } from '../../../../test/support/objects.ts';

let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
  await master.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
});
afterEach(() => master[Symbol.asyncDispose]());

const find = async (name = 'team'): Promise<Stored<Namespace> | undefined> =>
  (await master.admin.list(namespaces)).items.find(({ metadata }) => metadata.name === name);
const inTeam = <T extends { metadata?: object }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: 'team' },
});
const configMap = (name: string, finalizers: string[] = []) => ({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: { name, namespace: 'team', ...(finalizers.length > 0 ? { finalizers } : {}) },
});
const remove = (): Promise<void> => master.admin.delete(namespaces, { name: 'team' });

describe('a namespace that is deleted', () => {
  it('goes with all that is in it, and with nothing else', async () => {
    await master.admin.create(configMaps, configMap('settings'));
    await master.admin.create(configMaps, {
      ...configMap('others'),
      metadata: { name: 'others', namespace: 'default' },
    });
    await master.admin.create(
      secrets,
      inTeam({ apiVersion: 'v1' as const, kind: 'Secret' as const, metadata: { name: 's' } }),
    );
    await master.admin.create(
      services,
      inTeam({
        apiVersion: 'v1' as const,
        kind: 'Service' as const,
        metadata: { name: 'svc' },
        spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
      }),
    );
    await master.admin.create(replicationControllers, inTeam(controllerObject('web', 3)));
    await clock.advance(0);
    expect((await master.admin.list(pods, { namespace: 'team' })).items).toHaveLength(3);

    await remove();
    await clock.advance(5_000);
    expect(await find()).toBeUndefined();
    for (const resource of master.resources.filter(({ namespaced }) => namespaced)) {
      expect((await master.admin.list(resource, { namespace: 'team' })).items, resource.plural).toEqual([]);
    }
    // The one that was made there, and the root certificate.
    expect((await master.admin.list(configMaps, { namespace: 'default' })).items).toHaveLength(2);
  });

  it('goes at once when it is empty', async () => {
    await remove();
    await clock.advance(0);
    expect(await find()).toBeUndefined();
  });

  it('takes nothing new meanwhile', async () => {
    await master.admin.create(configMaps, configMap('held', ['example.com/hold']));
    await remove();
    await clock.advance(0);
    expect((await find())?.status?.phase).toBe('Terminating');
    await expect(master.admin.create(configMaps, configMap('late'))).rejects.toThrow(
      'configmaps "late" is forbidden: unable to create new content in namespace team because it is being terminated',
    );
  });

  it('waits for what takes its time, and then goes', async () => {
    await master.admin.create(configMaps, configMap('held', ['example.com/hold']));
    await remove();
    await clock.advance(60_000);
    expect((await find())?.status?.phase).toBe('Terminating');
    await master.admin.patch(configMaps, { namespace: 'team', name: 'held' }, 'merge', {
      metadata: { finalizers: null },
    });
    await clock.advance(1_000);
    expect(await find()).toBeUndefined();
  });

  it('keeps what pods may still need until they have ended', async () => {
    const pod = inTeam(podObject('p', { spec: { nodeName: 'n' } }));
    await master.admin.create(pods, pod);
    await master.admin.create(configMaps, configMap('needed'));
    await remove();
    await clock.advance(5_000);
    expect((await master.admin.get(pods, { namespace: 'team', name: 'p' })).metadata.deletionTimestamp).toBeDefined();
    expect(
      (await master.admin.get(configMaps, { namespace: 'team', name: 'needed' })).metadata.deletionTimestamp,
    ).toBeUndefined();
    // As the kubelet does when nothing runs any more.
    await master.admin.delete(pods, { namespace: 'team', name: 'p' }, { gracePeriodSeconds: 0 });
    await clock.advance(1_000);
    expect(await find()).toBeUndefined();
  });

  it('stays while someone else holds it', async () => {
    const held = (await find())!;
    await master.admin.update(
      namespaces,
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'team', resourceVersion: held.metadata.resourceVersion },
        spec: { finalizers: ['kubernetes', 'example.com/hold'] },
      },
      { subresource: 'finalize' },
    );
    await remove();
    await clock.advance(5_000);
    expect((await find())?.spec?.finalizers).toEqual(['example.com/hold']);
  });

  it('can be made again afterwards', async () => {
    await remove();
    await clock.advance(0);
    await master.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await master.admin.create(configMaps, configMap('settings'));
    await clock.advance(5_000);
    expect((await find())?.status?.phase).toBe('Active');
  });
});

it.each(['default', 'kube-system', 'kube-public'])('%s may not be deleted', async (name) => {
  await expect(master.admin.delete(namespaces, { name })).rejects.toSatisfy((error) => isStatus(error, 'Forbidden'));
});
