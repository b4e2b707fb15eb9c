import { describe, expect, it } from 'vitest';
import { configMaps, pods, replicationControllers, services } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { controllerObject, podObject } from '../../../../test/support/objects.ts';

const ref = { namespace: 'default', name: 'a' };
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: { a: '1', b: '2' } } as const;

describe('patch', () => {
  it.each([
    ['json', [{ op: 'replace', path: '/data/a', value: '9' }], { a: '9', b: '2' }],
    ['merge', { data: { a: null, c: '3' } }, { b: '2', c: '3' }],
    ['strategic', { data: { $patch: 'replace', c: '3' } }, { c: '3' }],
  ] as const)('%s changes what it says', async (type, patch, data) => {
    await using master = await TestMaster.start();
    await master.admin.create(configMaps, configMap);
    expect((await master.admin.patch(configMaps, ref, type, patch)).data).toEqual(data);
  });

  it('merges the lists of built-in kinds by their keys', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(
      replicationControllers,
      controllerObject('a', 1, {
        template: {
          metadata: { labels: { app: 'a' } },
          spec: {
            containers: [
              { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] },
              { name: 'side', image: 'side:1' },
            ],
          },
        },
      }),
    );
    const patched = await master.admin.patch(replicationControllers, ref, 'strategic', {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'web',
                image: 'web:2',
                env: [{ name: 'B', value: '2' }],
                ports: [{ containerPort: 80, name: 'http' }],
              },
              { name: 'side', $patch: 'delete' },
            ],
          },
        },
      },
    });
    expect(patched.metadata.generation).toBe(2);
    expect(patched.spec!.template!.spec!.containers).toMatchObject([
      {
        name: 'web',
        image: 'web:2',
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
        ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }],
      },
    ]);
  });

  it('merges conditions of a status by their type', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(pods, podObject('a'));
    const condition = (type: string): unknown => ({ status: { conditions: [{ type, status: 'True' }] } });
    const options = { subresource: 'status' } as const;
    await master.admin.patch(pods, ref, 'strategic', condition('Ready'), options);
    const { status } = await master.admin.patch(pods, ref, 'strategic', condition('Initialized'), options);
    expect(status!.conditions!.map(({ type }) => type).sort()).toEqual(['Initialized', 'Ready']);
  });

  it('reads the object again when someone else wrote meanwhile', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(configMaps, configMap);
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => master.admin.patch(configMaps, ref, 'merge', { data: { [`k${n}`]: 'x' } })),
    );
    expect(Object.keys((await master.admin.get(configMaps, ref)).data!)).toHaveLength(10);
  });

  it('is for one version when it names it', async () => {
    await using master = await TestMaster.start();
    const { metadata } = await master.admin.create(configMaps, configMap);
    const patch = (resourceVersion: string, a: string): Promise<unknown> =>
      master.admin.patch(configMaps, ref, 'merge', { metadata: { resourceVersion }, data: { a } });
    await patch(metadata.resourceVersion, '5');
    await expect(patch(metadata.resourceVersion, '6')).rejects.toMatchObject({ status: { code: 409 } });
    await expect(patch('999999', '6')).rejects.toMatchObject({ status: { code: 409 } });
  });

  it('goes through defaults and validation as any write', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: ref,
      spec: { ports: [{ port: 80 }] },
    });
    const patched = await master.admin.patch(services, ref, 'merge', { spec: { ports: [{ port: 81 }] } });
    expect(patched.spec!.ports).toEqual([{ port: 81, protocol: 'TCP', targetPort: 81 }]);
    const bad = master.admin.patch(services, ref, 'merge', { spec: { ports: [{ port: 0 }] } });
    await expect(bad).rejects.toMatchObject({
      status: { code: 422, message: expect.stringContaining('spec.ports[0].port: Invalid value: 0') as string },
    });
  });

  it.each<[string, 'json' | 'merge' | 'strategic', unknown, number, string]>([
    ['a text', 'merge', 'x', 400, 'error decoding patch'],
    ['a list', 'strategic', [], 400, 'error decoding patch'],
    ['an object', 'json', {}, 400, 'error decoding patch'],
    ['an operation that is none', 'json', [{ op: 'x', path: '/a' }], 400, 'error decoding patch'],
    [
      'a path that is not there',
      'json',
      [{ op: 'remove', path: '/data/zz' }],
      422,
      'the server rejected our request due to an error in our request',
    ],
    ['the removal of everything', 'json', [{ op: 'remove', path: '' }], 400, ''],
    ['a text in place of all', 'json', [{ op: 'replace', path: '', value: 'x' }], 400, ''],
    ['another kind', 'merge', { kind: 'Secret' }, 400, 'Secret in version "v1" cannot be handled as a ConfigMap'],
    [
      'another name',
      'merge',
      { metadata: { name: 'b' } },
      422,
      'metadata.name: Invalid value: "b": field is immutable',
    ],
    ['another namespace', 'merge', { metadata: { namespace: 'b' } }, 422, 'metadata.namespace: Invalid value: "b"'],
    [
      'a wrong type',
      'merge',
      { data: { a: 1 } },
      422,
      'cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    ['a directive that is none', 'strategic', { data: { $patch: 'x' } }, 400, 'unknown patch type: x'],
    [
      'far too many operations',
      'json',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: 1 })),
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ],
  ])('refuses %s', async (_, type, patch, code, message) => {
    await using master = await TestMaster.start();
    const before = await master.admin.create(configMaps, configMap);
    await expect(master.admin.patch(configMaps, ref, type, patch)).rejects.toMatchObject({
      status: { code, message: expect.stringContaining(message) as string },
    });
    expect(await master.admin.get(configMaps, ref)).toEqual(before);
  });

  it('needs an object', async () => {
    await using master = await TestMaster.start();
    await expect(master.admin.patch(configMaps, ref, 'merge', {})).rejects.toMatchObject({ status: { code: 404 } });
  });
});
