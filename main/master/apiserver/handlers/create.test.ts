import { describe, expect, it } from 'vitest';
import type { Random } from '#common/base/random.ts';
import { secureRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps, namespaces, pods, type ConfigMap } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { podObject } from '../../../../test/support/objects.ts';

const configMap = (metadata: ConfigMap['metadata']): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', ...metadata },
});

describe('create', () => {
  it('gives the object what only the system can say', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const wanted = configMap({
      name: 'a',
      uid: 'mine',
      creationTimestamp: '2001-01-01T00:00:00Z',
      deletionTimestamp: '2001-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 5,
      generation: 7,
    });
    const created = await master.admin.create(configMaps, wanted);
    // Nothing of it was theirs to set, so that nobody owns a field.
    expect(created.metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
      creationTimestamp: '2030-01-01T00:00:00Z',
    });
    expect(await master.admin.get(configMaps, { namespace: 'default', name: 'a' })).toEqual(created);
    expect(Object.isFrozen(created.metadata)).toBe(true);
  });

  it('refuses a second object of the same name', async () => {
    await using master = await TestMaster.start();
    const first = await master.admin.create(configMaps, configMap({ name: 'a' }));
    await expect(master.admin.create(configMaps, configMap({ name: 'a' }))).rejects.toMatchObject({
      status: {
        code: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "a" already exists',
        details: { name: 'a', kind: 'configmaps' },
      },
    });
    expect(await master.admin.get(configMaps, { namespace: 'default', name: 'a' })).toEqual(first);
  });

  it('lets one of many at the same moment win', async () => {
    await using master = await TestMaster.start();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => master.admin.create(configMaps, configMap({ name: 'a' }))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each<[string, ConfigMap['metadata'], number, string]>([
    ['no name', {}, 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    [
      'a bad name',
      { name: 'A_b' },
      422,
      'ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase',
    ],
    [
      'a version',
      { name: 'a', resourceVersion: '5' },
      400,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'a bad label',
      { name: 'a', labels: { 'a b': 'c' } },
      422,
      'metadata.labels: Invalid value: "a b": name part must',
    ],
    ['a bad label value', { name: 'a', labels: { a: '-' } }, 422, 'metadata.labels: Invalid value: "-": a valid label'],
    ['a bad annotation', { name: 'a', annotations: { '': '' } }, 422, 'metadata.annotations: Invalid value: ""'],
    [
      'annotations that are too long',
      { name: 'a', annotations: { a: 'x'.repeat(262_144) } },
      422,
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    ['a bad finalizer', { name: 'a', finalizers: ['a b'] }, 422, 'metadata.finalizers: Invalid value: "a b"'],
    [
      'an owner without a name',
      { name: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: 'x' }] },
      422,
      'metadata.ownerReferences[0].name: Invalid value: "": must not be empty',
    ],
    [
      'two controllers',
      {
        name: 'a',
        ownerReferences: ['x', 'y'].map((name) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          uid: name,
          controller: true,
        })),
      },
      422,
      'Only one reference can have Controller set to true. Found "true" in references for Pod/x and Pod/y',
    ],
    ['a namespace that is not there', { name: 'a', namespace: 'none' }, 404, 'namespaces "none" not found'],
  ])('refuses %s', async (_, metadata, code, message) => {
    await using master = await TestMaster.start();
    const failed = expect(master.admin.create(configMaps, configMap(metadata)));
    await failed.rejects.toMatchObject({ status: { code, message: expect.stringContaining(message) as string } });
    expect((await master.admin.list(configMaps)).items).toEqual([]);
  });

  it('takes no notice of a namespace where a kind has none', async () => {
    await using master = await TestMaster.start();
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', namespace: 'default' } } as const;
    using api = await RawApi.open(master);
    const created = await api.request('POST', '/api/v1/nodes', { body: node });
    expect([created.status, created.json<typeof node>().metadata.namespace]).toEqual([201, undefined]);
    const updated = await api.request('PUT', '/api/v1/nodes/a', { body: node });
    expect([updated.status, updated.json<typeof node>().metadata.namespace]).toEqual([200, undefined]);
  });

  it('tells everything that is wrong at once, metadata first', async () => {
    await using master = await TestMaster.start();
    const pod = podObject('A', {
      spec: { containers: [{ name: 'B', image: '' }], restartPolicy: 'Sometimes' as 'Never' },
    });
    const failure = await master.admin.create(pods, pod).catch((error: unknown) => error);
    const { details } = (failure as { status: { details: { causes: { field: string }[] } } }).status;
    expect(details.causes.map(({ field }) => field)).toEqual([
      'metadata.name',
      'spec.containers[0].name',
      'spec.containers[0].image',
      'spec.restartPolicy',
    ]);
  });
});

describe('generateName', () => {
  it('makes a name with a suffix of five', async () => {
    await using master = await TestMaster.start();
    const { metadata } = await master.admin.create(configMaps, configMap({ generateName: 'web-' }));
    expect(metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(metadata.generateName).toBe('web-');
    const long = await master.admin.create(configMaps, configMap({ generateName: 'a'.repeat(80) }));
    expect(long.metadata.name).toMatch(/^a{58}\w{5}$/);
  });

  it('yields to a name', async () => {
    await using master = await TestMaster.start();
    const { metadata } = await master.admin.create(configMaps, configMap({ name: 'own', generateName: 'web-' }));
    expect(metadata.name).toBe('own');
  });

  it('tries other suffixes when one is taken, but not forever', async () => {
    // Gives out each suffix this often before the next one comes.
    let repeats = 3 * 5;
    let drawn = 0;
    const random: Random = { ...secureRandom, next: () => Math.floor(drawn++ / repeats) / 27 };
    await using master = await TestMaster.start({ random });
    drawn = 0;
    const create = (): Promise<string> =>
      master.admin.create(configMaps, configMap({ generateName: 'web-' })).then(({ metadata }) => metadata.name);
    expect([await create(), await create()]).toEqual(['web-bbbbb', 'web-ccccc']);
    repeats = Number.POSITIVE_INFINITY;
    await expect(create()).rejects.toMatchObject({
      status: {
        code: 409,
        reason: 'AlreadyExists',
        message:
          'configmaps "web-bbbbb" already exists, the server was not able to generate a unique name for the object',
        details: { retryAfterSeconds: 1 },
      },
    });
  });
});

describe('the namespace', () => {
  it('takes nothing new while it goes', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } });
    await admin.create(configMaps, configMap({ name: 'before', namespace: 'going' }));
    await admin.delete(namespaces, { name: 'going' });
    expect(await admin.get(namespaces, { name: 'going' })).toMatchObject({ status: { phase: 'Terminating' } });
    await expect(admin.create(configMaps, configMap({ name: 'after', namespace: 'going' }))).rejects.toMatchObject({
      status: {
        code: 403,
        reason: 'Forbidden',
        message:
          'configmaps "after" is forbidden: unable to create new content in namespace going because it is being terminated',
        details: {
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: 'namespace going is being terminated',
              field: 'metadata.namespace',
            },
          ],
        },
      },
    });
    // What is there may still be changed, or it could not be taken apart.
    await admin.update(configMaps, { ...configMap({ name: 'before', namespace: 'going' }), data: { a: '1' } });
  });

  it.each(['default', 'kube-system', 'kube-public'])('%s stays', async (name) => {
    await using master = await TestMaster.start();
    await expect(master.admin.delete(namespaces, { name })).rejects.toMatchObject({
      status: { code: 403, message: `namespaces "${name}" is forbidden: this namespace may not be deleted` },
    });
  });

  it('carries its name as a label, whatever is asked for', async () => {
    await using master = await TestMaster.start();
    const named = { 'kubernetes.io/metadata.name': 'a' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } } as const;
    expect((await master.admin.create(namespaces, namespace)).metadata.labels).toEqual(named);
    const patch = { metadata: { labels: { 'kubernetes.io/metadata.name': 'b' } } };
    const patched = await master.admin.patch(namespaces, { name: 'a' }, 'merge', patch);
    expect(patched.metadata.labels).toEqual(named);
  });
});
