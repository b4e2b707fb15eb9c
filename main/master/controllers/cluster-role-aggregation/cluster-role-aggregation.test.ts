import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { clusterRoles, type ClusterRole } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';

let clock: VirtualClock;
let master: TestMaster;
beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ controllers: true, clock });
  await clock.advance(0);
});
afterEach(() => master[Symbol.asyncDispose]());

const LABEL = 'rbac.authorization.k8s.io/aggregate-to-view';
const reader = (name: string, resource: string): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { [LABEL]: 'true' } },
  rules: [{ apiGroups: ['example.com'], resources: [resource], verbs: ['get'] }],
});
const resourcesOf = async (name: string): Promise<string[]> =>
  ((await master.admin.get(clusterRoles, { name })).rules ?? []).flatMap(({ resources = [] }) => resources);

it('view, edit and admin are the sums of their parts, each in the next', async () => {
  expect(await resourcesOf('view')).toContain('endpointslices');
  expect(await resourcesOf('view')).not.toContain('secrets');
  expect(await resourcesOf('edit')).toEqual(expect.arrayContaining(['endpointslices', 'secrets']));
  expect(await resourcesOf('edit')).not.toContain('rolebindings');
  expect(await resourcesOf('admin')).toEqual(expect.arrayContaining(['endpointslices', 'secrets', 'rolebindings']));
});

it('a role that is labelled for it is gathered, and let go', async () => {
  await master.admin.create(clusterRoles, reader('b', 'books'));
  await master.admin.create(clusterRoles, reader('a', 'apples'));
  await clock.advance(0);
  expect((await resourcesOf('view')).filter((name) => ['apples', 'books'].includes(name))).toEqual(['apples', 'books']);
  expect(await resourcesOf('admin')).toContain('apples');
  await master.admin.patch(clusterRoles, { name: 'a' }, 'merge', { metadata: { labels: { [LABEL]: null } } });
  await master.admin.delete(clusterRoles, { name: 'b' });
  await clock.advance(0);
  expect((await resourcesOf('admin')).filter((name) => ['apples', 'books'].includes(name))).toEqual([]);
});

it('what someone writes into the sum is written over', async () => {
  await master.admin.patch(clusterRoles, { name: 'view' }, 'merge', { rules: [] });
  await clock.advance(0);
  expect(await resourcesOf('view')).toContain('pods');
});
