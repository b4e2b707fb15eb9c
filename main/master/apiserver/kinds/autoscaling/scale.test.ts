import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replicationControllers } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';
import { controllerObject } from '../../../../../test/support/objects.ts';
import { RawApi } from '../../../../../test/support/raw-api.ts';

const ref = { namespace: 'default', name: 'web' };
const PATH = '/api/v1/namespaces/default/replicationcontrollers/web/scale';
const MERGE = { 'content-type': 'application/merge-patch+json' };

let master: TestMaster;
let api: RawApi;
beforeEach(async () => {
  master = await TestMaster.start();
  api = await RawApi.open(master);
  await master.admin.create(replicationControllers, controllerObject('web', 2));
});
afterEach(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

const replicas = async (): Promise<number | undefined> =>
  (await master.admin.get(replicationControllers, ref)).spec!.replicas;

interface Scale {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: { readonly replicas: number };
}

describe('the scale of a workload', () => {
  it('is read through its own kind', async () => {
    const { metadata } = await master.admin.get(replicationControllers, ref);
    expect((await api.request('GET', PATH)).json()).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: {
        name: 'web',
        namespace: 'default',
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        creationTimestamp: metadata.creationTimestamp,
      },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=web' },
    });
  });

  it('is written, and changes nothing else', async () => {
    const before = await master.admin.get(replicationControllers, ref);
    const scale = (await api.request('GET', PATH)).json<Scale>();
    const answer = await api.request('PUT', PATH, { body: { ...scale, spec: { replicas: 5 } } });
    expect(answer.json()).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } });
    const after = await master.admin.get(replicationControllers, ref);
    expect(after).toEqual({
      ...before,
      metadata: {
        ...before.metadata,
        generation: 2,
        resourceVersion: after.metadata.resourceVersion,
        managedFields: after.metadata.managedFields,
      },
      spec: { ...before.spec, replicas: 5 },
    });
  });

  it.each([
    ['application/merge-patch+json', { spec: { replicas: 7 } }],
    ['application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 7 }]],
    ['application/strategic-merge-patch+json', { spec: { replicas: 7 } }],
  ])('is patched by %s', async (type, body) => {
    const answer = await api.request('PATCH', PATH, { body, headers: { 'content-type': type } });
    expect([answer.status, await replicas()]).toEqual([200, 7]);
  });

  it('goes down to none, and no further', async () => {
    await api.request('PATCH', PATH, { body: { spec: { replicas: 0 } }, headers: MERGE });
    expect(await replicas()).toBe(0);
    expect(await api.failure('PATCH', PATH, { body: { spec: { replicas: -1 } }, headers: MERGE })).toMatchObject({
      code: 422,
      message:
        'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    });
  });

  it('may be for one version only', async () => {
    const scale = (await api.request('GET', PATH)).json<Scale>();
    await api.request('PATCH', PATH, { body: { spec: { replicas: 3 } }, headers: MERGE });
    expect(await api.failure('PUT', PATH, { body: { ...scale, spec: { replicas: 9 } } })).toMatchObject({
      code: 409,
      message: expect.stringContaining('the object has been modified') as string,
    });
    expect(await replicas()).toBe(3);
  });

  it('may be tried', async () => {
    const answer = await api.request('PATCH', `${PATH}?dryRun=All`, {
      body: { spec: { replicas: 9 } },
      headers: MERGE,
    });
    expect(answer.json<Scale>().spec.replicas).toBe(9);
    expect(await replicas()).toBe(2);
  });

  it('takes nothing but a Scale', async () => {
    const body = await master.admin.get(replicationControllers, ref);
    expect(await api.failure('PUT', PATH, { body })).toMatchObject({ code: 400 });
    expect(await api.failure('PUT', PATH, { body: { spec: { replicas: 'x' } } })).toMatchObject({ code: 400 });
    expect(await api.failure('POST', PATH, { body })).toMatchObject({ code: 405 });
    expect(await api.failure('GET', PATH.replace('/web/', '/zz/'))).toMatchObject({
      message: 'replicationcontrollers "zz" not found',
    });
  });
});
