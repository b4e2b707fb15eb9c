import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { ListOptions } from '#common/client/client.ts';
import { configMaps, pods, secrets, services, type ConfigMap } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { podObject } from '../../../../test/support/objects.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { authenticated } from '../authentication/user.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { encodeContinue } from './continue-token.ts';

const configMap = (name: string, labels: Record<string, string> = {}, namespace = 'default'): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
});
const names = (items: readonly { metadata: { name: string } }[]): string[] =>
  items.map(({ metadata }) => metadata.name);

interface WireList {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly { metadata: { name: string } }[];
}

describe('selectors', () => {
  let master: TestMaster;
  beforeAll(async () => {
    master = await TestMaster.start();
    const { admin } = master;
    await admin.create(configMaps, configMap('a', { app: 'web', tier: 'front' }));
    await admin.create(configMaps, configMap('b', { app: 'web' }));
    await admin.create(configMaps, configMap('c', {}, 'kube-system'));
    await admin.create(pods, podObject('on-n', { spec: { nodeName: 'n', restartPolicy: 'Never' } }));
    await admin.create(pods, podObject('free'));
    await admin.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' } });
    await admin.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'default' },
      spec: { ports: [{ port: 1 }] },
    });
  });
  afterAll(() => master[Symbol.asyncDispose]());

  it.each<[ListOptions, string[]]>([
    [{}, ['a', 'b', 'c']],
    [{ namespace: 'default' }, ['a', 'b']],
    [{ namespace: 'def' }, []],
    [{ labelSelector: 'app=web' }, ['a', 'b']],
    [{ labelSelector: 'app=web,!tier' }, ['b']],
    [{ fieldSelector: 'metadata.name=a' }, ['a']],
    [{ fieldSelector: 'metadata.namespace!=default' }, ['c']],
    [{ labelSelector: 'app=web', fieldSelector: 'metadata.name!=a' }, ['b']],
  ])('config maps by %j', async (options, expected) => {
    expect(names((await master.admin.list(configMaps, options)).items)).toEqual(expected);
  });

  it.each([
    ['spec.nodeName=n', ['on-n']],
    ['spec.nodeName=', ['free']],
    ['spec.restartPolicy=Never', ['on-n']],
    ['status.phase!=Pending', []],
  ])('pods by %s', async (fieldSelector, expected) => {
    expect(names((await master.admin.list(pods, { fieldSelector })).items)).toEqual(expected);
  });

  it('knows the fields of each kind', async () => {
    expect(names((await master.admin.list(secrets, { fieldSelector: 'type=Opaque' })).items)).toEqual(['s']);
    expect(names((await master.admin.list(services, { fieldSelector: 'spec.type=NodePort' })).items)).toEqual([]);
    await expect(
      master.admin.list(pods, { fieldSelector: 'spec.color=red', labelSelector: 'a' }),
    ).rejects.toMatchObject({
      status: {
        code: 400,
        message: 'field label not supported: spec.color',
      },
    });
    await expect(master.admin.list(configMaps, { fieldSelector: 'data=x' })).rejects.toMatchObject({
      status: {
        code: 400,
        message: '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
      },
    });
  });

  it.each([
    ['labelSelector', 'a in', "unable to parse requirement: found '' expected: '('"],
    ['fieldSelector', 'metadata.name', 'invalid selector'],
  ])('refuses a %s that cannot be read', async (kind, selector, message) => {
    await expect(master.admin.list(pods, { [kind]: selector })).rejects.toMatchObject({
      status: { code: 400, message: expect.stringContaining(message) as string },
    });
  });
});

describe('pages', () => {
  it('are of one moment, whatever is written meanwhile', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await admin.create(configMaps, configMap(name));
    using api = await RawApi.open(master);
    const path = '/api/v1/namespaces/default/configmaps?limit=2';
    const first = (await api.request('GET', path)).json<WireList>();
    expect(first).toMatchObject({ kind: 'ConfigMapList', metadata: { remainingItemCount: 3 } });
    expect(names(first.items)).toEqual(['a', 'b']);

    await admin.create(configMaps, configMap('bb'));
    await admin.delete(configMaps, { namespace: 'default', name: 'd' });
    await admin.delete(configMaps, { namespace: 'default', name: 'b' });
    const second = (await api.request('GET', `${path}&continue=${first.metadata.continue}`)).json<WireList>();
    expect(names(second.items)).toEqual(['c', 'd']);
    expect(second.metadata.remainingItemCount).toBe(1);
    const third = (await api.request('GET', `${path}&continue=${second.metadata.continue}`)).json<WireList>();
    expect(names(third.items)).toEqual(['e']);
    expect(third.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect(names((await admin.list(configMaps)).items)).toEqual(['a', 'bb', 'c', 'e']);
  });

  it('are filled with what matches, and then do not count the rest', async () => {
    await using master = await TestMaster.start();
    for (let n = 10; n < 30; n++) await master.admin.create(configMaps, configMap(`m${n}`, { odd: String(n % 2) }));
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await master.admin.list(configMaps, {
        labelSelector: 'odd=1',
        limit: 3,
        ...(token ? { continue: token } : {}),
      });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...names(page.items));
      token = page.continue;
    } while (token);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `m${11 + 2 * n}`));
    using api = await RawApi.open(master);
    const list = (await api.request('GET', '/api/v1/configmaps?limit=3&labelSelector=odd%3D1')).json<WireList>();
    expect(list.metadata).not.toHaveProperty('remainingItemCount');
  });

  it('end with 410 when their moment is forgotten', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using master = await TestMaster.start({ store });
    for (const name of ['a', 'b', 'c']) await master.admin.create(configMaps, configMap(name));
    const { continue: token } = await master.admin.list(configMaps, { limit: 1 });
    await master.admin.create(configMaps, configMap('d'));
    await store.compact(store.revision);
    await expect(master.admin.list(configMaps, { limit: 1, continue: token! })).rejects.toMatchObject({
      status: {
        code: 410,
        reason: 'Expired',
        message: expect.stringContaining('The provided continue parameter is too old') as string,
      },
    });
  });

  it('never show another namespace than the one that was asked for', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    await admin.create(configMaps, configMap('hidden', {}, 'default'));
    await admin.create(configMaps, configMap('shown', {}, 'kube-system'));
    const revision = Number((await admin.list(configMaps)).resourceVersion);
    const forged = encodeContinue({ revision, after: 'a' });
    const options = { namespace: 'kube-system', continue: forged };
    expect(names((await admin.list(configMaps, options)).items)).toEqual(['shown']);
    // As it was before the last change: from the store.
    await admin.create(configMaps, configMap('later', {}, 'kube-system'));
    expect(names((await admin.list(configMaps, options)).items)).toEqual(['shown']);
  });

  it.each([
    ['x', 400],
    [Buffer.from('{}').toString('base64url'), 400],
    [encodeContinue({ revision: 1_000_000, after: 'a' }), 504],
  ])('refuse the token %s', async (token, code) => {
    await using master = await TestMaster.start();
    await expect(master.admin.list(configMaps, { continue: token })).rejects.toMatchObject({ status: { code } });
  });
});

describe('the resourceVersion of a list', () => {
  it('takes the state of exactly then, or one not older', async () => {
    await using master = await TestMaster.start();
    using api = await RawApi.open(master);
    await master.admin.create(configMaps, configMap('a'));
    const { resourceVersion } = await master.admin.list(configMaps);
    await master.admin.create(configMaps, configMap('b'));
    const list = async (query: string): Promise<WireList> =>
      (await api.request('GET', `/api/v1/configmaps?${query}`)).json<WireList>();
    const exact = await list(`resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    expect(names(exact.items)).toEqual(['a']);
    expect(exact.metadata.resourceVersion).toBe(resourceVersion);
    for (const query of [
      `resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`,
      `resourceVersion=${resourceVersion}`,
      'resourceVersion=0',
      '',
    ]) {
      expect(names((await list(query)).items), query).toEqual(['a', 'b']);
    }
  });

  it.each([
    ['resourceVersion=x', 400, 'Invalid value: "x"'],
    ['resourceVersion=999', 504, 'Timeout: Too large resource version: 999, current: '],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['resourceVersionMatch=Exact', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ['resourceVersion=1&resourceVersionMatch=Near', 422, 'supported values: "Exact", "NotOlderThan", ""'],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    ['resourceVersion=1&resourceVersionMatch=Exact&continue=x', 422, 'is forbidden when continue is provided'],
    ['resourceVersion=1&continue=x', 400, 'specifying resource version is not allowed when using continue'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['watch=1&sendInitialEvents=true', 422, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    ['watch=1&resourceVersionMatch=NotOlderThan', 422, 'forbidden for watch unless sendInitialEvents is provided'],
  ])('?%s is refused', async (query, code, message) => {
    await using master = await TestMaster.start();
    using api = await RawApi.open(master);
    const failure = await api.failure('GET', `/api/v1/configmaps?${query}`);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });
});

it('shows a reader only what is allowed', async () => {
  await using master = await TestMaster.start();
  const nobody = master.client(authenticated('nobody', []));
  await expect(nobody.list(configMaps, { namespace: 'default' })).rejects.toMatchObject({
    status: {
      code: 403,
      message:
        'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  });
  await expect(nobody.list(configMaps)).rejects.toMatchObject({
    status: { message: expect.stringContaining('at the cluster scope') as string },
  });
});
