import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';
import { bootstrapPolicy, CLUSTER_ADMINS } from '../apiserver/authorization/bootstrap-policy.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';

/** Starts a master, changes something, and starts another on the same store. */
async function restarted(
  change: (master: TestMaster) => Promise<unknown>,
  check: (master: TestMaster) => Promise<unknown>,
): Promise<void> {
  const clock = new VirtualClock();
  await using store = new MemoryStore(clock);
  {
    await using first = await TestMaster.start({ store, clock });
    await change(first);
  }
  await using second = await TestMaster.start({ store, clock });
  await check(second);
}

const system = (master: TestMaster) => master.client();
const PROXIER = { name: 'system:node-proxier' };

describe('the policy that is written at start', () => {
  it('is there, each role marked as the system’s', async () => {
    await restarted(
      async () => undefined,
      async (master) => {
        const found = (await master.admin.list(clusterRoles)).items;
        expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(
          bootstrapPolicy.clusterRoles.map(({ metadata }) => metadata?.name).sort(),
        );
        for (const { metadata } of found) {
          expect(metadata.labels?.['kubernetes.io/bootstrapping']).toBe('rbac-defaults');
          expect(metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate']).toBe('true');
        }
        expect((await master.admin.list(roles)).items).toHaveLength(bootstrapPolicy.roles.length);
        expect((await master.admin.list(roleBindings)).items).toHaveLength(bootstrapPolicy.roleBindings.length);
      },
    );
  });

  it('writes nothing at the next start when all is there', async () => {
    let before = '';
    await restarted(
      async (master) => (before = (await master.admin.list(clusterRoles)).resourceVersion),
      async (master) => expect((await master.admin.list(clusterRoles)).resourceVersion).toBe(before),
    );
  });

  it('has every binding name a role that it has', () => {
    const names = new Set(bootstrapPolicy.clusterRoles.map(({ metadata }) => metadata?.name));
    for (const { roleRef } of bootstrapPolicy.clusterRoleBindings) expect(names).toContain(roleRef.name);
  });

  it('gets back what it lost, and keeps what it was given', async () => {
    await restarted(
      async (master) => {
        await master.admin.delete(clusterRoles, { name: 'system:kube-dns' });
        const rules = [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }];
        await master.admin.patch(clusterRoles, PROXIER, 'merge', { rules });
        await master.admin.patch(clusterRoleBindings, PROXIER, 'merge', {
          subjects: [{ kind: 'User', name: 'anna', apiGroup: 'rbac.authorization.k8s.io' }],
        });
      },
      async (master) => {
        await expect(master.admin.get(clusterRoles, { name: 'system:kube-dns' })).resolves.toBeDefined();
        const { rules } = await master.admin.get(clusterRoles, PROXIER);
        expect(rules?.[0]?.resources).toEqual(['things']);
        expect(rules?.flatMap(({ resources }) => resources)).toEqual(expect.arrayContaining(['endpointslices']));
        const { subjects } = await master.admin.get(clusterRoleBindings, PROXIER);
        expect(subjects?.map(({ name }) => name)).toEqual(['anna', 'system:kube-proxy']);
      },
    );
  });

  it('leaves alone what is marked so', async () => {
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    await restarted(
      (master) => master.admin.patch(clusterRoles, PROXIER, 'merge', { metadata: { annotations }, rules: [] }),
      async (master) => expect((await master.admin.get(clusterRoles, PROXIER)).rules).toEqual([]),
    );
  });

  it('makes a binding of another role anew', async () => {
    await restarted(
      async (master) => {
        const held = await master.admin.get(clusterRoleBindings, PROXIER);
        await master.admin.delete(clusterRoleBindings, PROXIER);
        const { apiVersion, kind } = held;
        const roleRef = { ...held.roleRef, name: 'view' };
        await master.admin.create(clusterRoleBindings, { apiVersion, kind, metadata: PROXIER, roleRef });
      },
      async (master) => {
        expect((await master.admin.get(clusterRoleBindings, PROXIER)).roleRef.name).toBe(PROXIER.name);
      },
    );
  });

  it('does not give administrators back what was taken from them', async () => {
    await restarted(
      (master) => master.admin.delete(clusterRoleBindings, { name: CLUSTER_ADMINS }),
      async (master) => {
        await expect(master.admin.list(clusterRoles)).rejects.toMatchObject({ code: 403 });
        await expect(system(master).get(clusterRoleBindings, { name: CLUSTER_ADMINS })).rejects.toMatchObject({
          code: 404,
        });
      },
    );
  });
});
