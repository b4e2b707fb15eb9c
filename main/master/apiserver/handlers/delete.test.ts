import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { DeleteOptions } from '#common/client/client.ts';
import { configMaps, namespaces, pods, type ConfigMap, type Namespace, type Pod } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { podObject } from '../../../../test/support/objects.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';

const ref = { namespace: 'default', name: 'a' };
const configMap = (metadata: ConfigMap['metadata'] = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...ref, ...metadata },
});
const gone = { status: { code: 404, reason: 'NotFound' } };

describe('delete', () => {
  it('removes at once what nobody has to finish', async () => {
    await using master = await TestMaster.start();
    const { metadata } = await master.admin.create(configMaps, configMap());
    using api = await RawApi.open(master);
    const answer = await api.request('DELETE', '/api/v1/namespaces/default/configmaps/a');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
    });
    await expect(master.admin.get(configMaps, ref)).rejects.toMatchObject(gone);
    await expect(master.admin.delete(configMaps, ref)).rejects.toMatchObject(gone);
  });

  it('waits for finalizers; the last one takes the object with it', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const { admin } = master;
    await admin.create(configMaps, configMap({ finalizers: ['example.com/a', 'example.com/b'] }));
    await admin.delete(configMaps, ref);
    const deleting = await admin.get(configMaps, ref);
    expect(deleting.metadata).toMatchObject({
      deletionTimestamp: '2030-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    await clock.advance(10_000);
    await admin.delete(configMaps, ref);
    expect(await admin.get(configMaps, ref)).toEqual(deleting);

    const finalizers = (names: readonly string[]): Promise<unknown> =>
      admin.patch(configMaps, ref, 'merge', { metadata: { finalizers: names } });
    await expect(finalizers(['example.com/a', 'example.com/b', 'example.com/c'])).rejects.toMatchObject({
      status: {
        code: 422,
        message:
          'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/c"}',
      },
    });
    await finalizers(['example.com/b']);
    await admin.get(configMaps, ref);
    await finalizers([]);
    await expect(admin.get(configMaps, ref)).rejects.toMatchObject(gone);
  });

  it.each<[DeleteOptions, string[] | undefined]>([
    [{ propagationPolicy: 'Orphan' }, ['orphan']],
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    [{ propagationPolicy: 'Background' }, undefined],
    [{}, undefined],
  ])('%j leaves %j to the garbage collector', async (options, finalizers) => {
    await using master = await TestMaster.start();
    await master.admin.create(configMaps, configMap());
    await master.admin.delete(configMaps, ref, options);
    const left = await master.admin.get(configMaps, ref).catch(() => undefined);
    expect(left?.metadata.finalizers).toEqual(finalizers);
    expect(left === undefined).toBe(finalizers === undefined);
  });

  it('is for one object when it names its uid or its version', async () => {
    await using master = await TestMaster.start();
    const { uid, resourceVersion } = (await master.admin.create(configMaps, configMap())).metadata;
    await expect(master.admin.delete(configMaps, ref, { preconditions: { uid: 'x' } })).rejects.toMatchObject({
      status: {
        code: 409,
        message: `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      },
    });
    await expect(
      master.admin.delete(configMaps, ref, { preconditions: { resourceVersion: '1' } }),
    ).rejects.toMatchObject({
      status: {
        code: 409,
        message: `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      },
    });
    await master.admin.delete(configMaps, ref, { preconditions: { uid, resourceVersion } });
  });

  it('leaves a namespace to those who empty it', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
    await admin.delete(namespaces, { name: 'n' });
    const namespace: Namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n' },
      spec: { finalizers: [] },
    };
    await admin.update(namespaces, namespace);
    expect((await admin.get(namespaces, { name: 'n' })).spec).toEqual({ finalizers: ['kubernetes'] });
    await admin.update(namespaces, namespace, { subresource: 'finalize' });
    await expect(admin.get(namespaces, { name: 'n' })).rejects.toMatchObject(gone);
  });
});

/** A pod on a node, and what its deletion says. */
class DeletedPod implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly master: TestMaster;

  private constructor(clock: VirtualClock, master: TestMaster) {
    this.clock = clock;
    this.master = master;
  }

  static async create(change: Parameters<typeof podObject>[1] = { spec: { nodeName: 'n' } }): Promise<DeletedPod> {
    const clock = new VirtualClock();
    const master = await TestMaster.start({ clock });
    await master.admin.create(pods, podObject('a', change));
    return new DeletedPod(clock, master);
  }

  /** When the grace is over and how long it is, or nothing when the pod is gone. */
  async delete(gracePeriodSeconds?: number): Promise<[string | undefined, number | undefined] | undefined> {
    await this.master.admin.delete(pods, ref, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
    const pod = await this.get();
    return pod && [pod.metadata.deletionTimestamp?.slice(11, 19), pod.metadata.deletionGracePeriodSeconds];
  }

  async get(): Promise<Stored<Pod> | undefined> {
    return this.master.admin.get(pods, ref).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.master[Symbol.asyncDispose]();
  }
}

describe('a pod', () => {
  it('is given the time that it asks for, until its kubelet says that it is over', async () => {
    await using pod = await DeletedPod.create({ spec: { nodeName: 'n', terminationGracePeriodSeconds: 45 } });
    expect(await pod.delete()).toEqual(['00:00:45', 45]);
    expect((await pod.get())!.metadata.generation).toBe(2);
    expect(await pod.delete(0)).toBeUndefined();
  });

  it('goes at once when no node has it, or when it has ended', async () => {
    await using unscheduled = await DeletedPod.create({});
    expect(await unscheduled.delete()).toBeUndefined();
    await using ended = await DeletedPod.create();
    await ended.master.admin.patch(pods, ref, 'merge', { status: { phase: 'Failed' } }, { subresource: 'status' });
    expect(await ended.delete()).toBeUndefined();
  });

  it('may be given less time later, never more', async () => {
    await using pod = await DeletedPod.create();
    expect(await pod.delete(60)).toEqual(['00:01:00', 60]);
    await pod.clock.advance(5000);
    expect(await pod.delete(90)).toEqual(['00:01:00', 60]);
    // Also not the default, which is less: only who says so shortens it.
    expect(await pod.delete()).toEqual(['00:01:00', 60]);
    // Counted from the first deletion on.
    expect(await pod.delete(20)).toEqual(['00:00:20', 20]);
    await pod.clock.advance(5000);
    expect(await pod.delete(3)).toEqual(['00:00:10', 1]);
    expect((await pod.get())!.metadata.generation).toBe(2);
  });

  it('takes a grace below zero for the least, and one beyond all time for the longest', async () => {
    await using short = await DeletedPod.create();
    expect(await short.delete(-5)).toEqual(['00:00:01', 1]);
    await using long = await DeletedPod.create();
    expect(await long.delete(Number.MAX_SAFE_INTEGER)).toEqual(['23:59:59', Number.MAX_SAFE_INTEGER]);
    expect((await long.get())!.metadata.deletionTimestamp).toBe('9999-12-31T23:59:59Z');
  });

  it('waits for its finalizers also when its time is over', async () => {
    await using pod = await DeletedPod.create({
      spec: { nodeName: 'n' },
      metadata: { finalizers: ['example.com/a'] },
    });
    expect(await pod.delete()).toEqual(['00:00:30', 30]);
    await pod.master.admin.patch(pods, ref, 'merge', { metadata: { labels: { a: 'b' } } });
    expect(await pod.delete(0)).toEqual(['00:00:00', 0]);
    await pod.master.admin.patch(pods, ref, 'merge', { metadata: { finalizers: null } });
    expect(await pod.get()).toBeUndefined();
  });

  it('keeps its time when its last finalizer goes first', async () => {
    await using pod = await DeletedPod.create({
      spec: { nodeName: 'n' },
      metadata: { finalizers: ['example.com/a'] },
    });
    await pod.delete();
    await pod.master.admin.patch(pods, ref, 'merge', { metadata: { finalizers: null } });
    expect((await pod.get())?.metadata.deletionGracePeriodSeconds).toBe(30);
  });
});

describe('deletecollection', () => {
  it('deletes what is selected in one namespace, and tells what it was', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'x'],
      ['c', 'y'],
    ]) {
      await admin.create(configMaps, configMap({ name: name!, labels: { app: app! } }));
    }
    await admin.create(configMaps, configMap({ namespace: 'kube-system', labels: { app: 'x' } }));
    using api = await RawApi.open(master);
    const answer = await api.request('DELETE', '/api/v1/namespaces/default/configmaps?labelSelector=app%3Dx');
    expect(answer.json()).toMatchObject({
      kind: 'ConfigMapList',
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    });
    const left = (await admin.list(configMaps)).items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(left).toEqual(['default/c', 'kube-system/a']);
  });

  it('marks those that have to be finished', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a', { spec: { nodeName: 'n' } }));
    using api = await RawApi.open(master);
    await api.request('DELETE', '/api/v1/namespaces/default/pods', { body: { gracePeriodSeconds: 7 } });
    expect((await master.admin.get(pods, ref)).metadata.deletionGracePeriodSeconds).toBe(7);
  });
});
