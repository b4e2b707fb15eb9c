import { describe, expect, it } from 'vitest';
import { mutableCopy } from '#common/base/freeze.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps, leases, nodes, pods, type ConfigMap, type Pod } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';

const ref = { namespace: 'default', name: 'a' };
const configMap = (data: Record<string, string>, metadata: ConfigMap['metadata'] = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...ref, ...metadata },
  data,
});

describe('update', () => {
  it('replaces the object, but nothing that only the system says', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const created = await master.admin.create(configMaps, configMap({ a: '1' }, { labels: { x: 'y' } }));
    await clock.advance(60_000);
    const updated = await master.admin.update(
      configMaps,
      configMap(
        { b: '2' },
        { creationTimestamp: '2001-01-01T00:00:00Z', deletionTimestamp: '2001-01-01T00:00:00Z', generation: 9 },
      ),
    );
    expect(updated).toMatchObject({ data: { b: '2' } });
    expect(updated.data).not.toHaveProperty('a');
    const { resourceVersion, managedFields: _after, ...metadata } = updated.metadata;
    const { resourceVersion: before, labels: _, managedFields: _before, ...same } = created.metadata;
    expect(metadata).toEqual(same);
    expect(Number(resourceVersion)).toBeGreaterThan(Number(before));
  });

  it('writes nothing when nothing changes, whatever the order of keys', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(configMaps, configMap({ a: '1', b: '2' }));
    const same = await master.admin.update(configMaps, configMap({ b: '2', a: '1' }));
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it('refuses a version that is no longer current', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(configMaps, configMap({ a: '1' }));
    const changed = { ...mutableCopy<ConfigMap>(created), data: { a: '2' } };
    await master.admin.update(configMaps, changed);
    await expect(master.admin.update(configMaps, changed)).rejects.toMatchObject({
      status: {
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'a', kind: 'configmaps' },
      },
    });
    expect(await master.admin.get(configMaps, ref)).toMatchObject({ data: { a: '2' } });
  });

  it('lets one of those win who all know the same version', async () => {
    await using master = await TestMaster.start();
    const created = mutableCopy<ConfigMap>(await master.admin.create(configMaps, configMap({})));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => master.admin.update(configMaps, { ...created, data: { n: String(n) } })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses another uid, or an object that is not there', async () => {
    await using master = await TestMaster.start();
    await expect(master.admin.update(configMaps, configMap({}))).rejects.toMatchObject({
      status: { code: 404, message: 'configmaps "a" not found' },
    });
    const { metadata } = await master.admin.create(configMaps, configMap({}));
    await expect(master.admin.update(configMaps, configMap({ a: '1' }, { uid: 'other' }))).rejects.toMatchObject({
      status: {
        code: 409,
        message: `Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
      },
    });
    await master.admin.update(configMaps, configMap({ a: '1' }, { uid: '' }));
  });

  it('asks for the version where a kind wants it', async () => {
    await using master = await TestMaster.start();
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: ref } as const;
    await master.admin.create(leases, lease);
    await expect(master.admin.update(leases, lease)).rejects.toMatchObject({
      status: {
        code: 422,
        message:
          'Lease.coordination.k8s.io "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      },
    });
  });

  it('keeps immutable data as it is', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(configMaps, { ...configMap({ a: '1' }), immutable: true });
    for (const change of [{ data: { a: '2' }, immutable: true }, { data: { a: '1' } }]) {
      await expect(master.admin.update(configMaps, { ...configMap({}), ...change })).rejects.toMatchObject({
        status: { code: 422, message: expect.stringContaining('field is immutable when `immutable` is set') as string },
      });
    }
    await master.admin.update(configMaps, { ...configMap({ a: '1' }, { labels: { x: 'y' } }), immutable: true });
  });
});

describe('the spec of a pod', () => {
  it('may change in a few fields only, and counts its generations', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(pods, podObject('a'));
    expect(created.metadata.generation).toBe(1);
    const change = (edit: (pod: Pod) => void): Promise<unknown> => {
      const pod = mutableCopy<Pod>(created);
      delete pod.metadata!.resourceVersion;
      edit(pod);
      return master.admin.update(pods, pod);
    };
    await expect(change((pod) => (pod.spec!.containers[0]!.image = 'web:2'))).resolves.toMatchObject({
      metadata: { generation: 2 },
      spec: { containers: [{ image: 'web:2' }] },
    });
    await expect(change((pod) => (pod.spec!.containers[0]!.command = ['x']))).rejects.toMatchObject({
      status: { code: 422, message: expect.stringContaining('pod updates may not change fields other than') as string },
    });
    await expect(change((pod) => pod.spec!.containers.push({ name: 'b', image: 'b' }))).rejects.toMatchObject({
      status: { message: expect.stringContaining('pod updates may not add or remove containers') as string },
    });
    await expect(change((pod) => delete pod.spec)).rejects.toMatchObject({
      status: { code: 422, message: 'Pod "a" is invalid: spec: Required value' },
    });
    await expect(change((pod) => (pod.spec!.nodeName = 'b'))).rejects.toMatchObject({ status: { code: 422 } });
  });

  it('is apart from its status: neither is written through the other', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(pods, podObject('a', { status: { phase: 'Running' } }));
    expect(created.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    const pod = mutableCopy<Pod>(created);
    pod.status!.phase = 'Running';
    pod.spec!.containers[0]!.image = 'other';
    pod.metadata!.labels = { new: 'label' };
    const written = await master.admin.update(pods, pod, { subresource: 'status' });
    expect(written).toMatchObject({
      metadata: { generation: 1 },
      status: { phase: 'Running', qosClass: 'BestEffort' },
      spec: { containers: [{ image: 'web:1' }] },
    });
    expect(written.metadata.labels).toBeUndefined();
    const back = mutableCopy<Pod>(written);
    back.status = { phase: 'Failed' };
    back.metadata!.labels = { new: 'label' };
    expect(await master.admin.update(pods, back)).toMatchObject({
      status: { phase: 'Running' },
      metadata: { labels: { new: 'label' }, generation: 1 },
    });
  });
});

it('keeps what a node was given once', async () => {
  await using master = await TestMaster.start();
  await master.admin.create(nodes, nodeObject('a', { spec: { podCIDR: '10.244.0.0/24' } }));
  await expect(
    master.admin.update(nodes, nodeObject('a', { spec: { podCIDR: '10.244.1.0/24' } })),
  ).rejects.toMatchObject({
    status: {
      message: expect.stringContaining('node updates may not change podCIDR except from "" to valid') as string,
    },
  });
});
