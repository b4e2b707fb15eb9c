import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { namespaces } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';

it('makes the namespaces of the system once, and leaves them as they are at the next start', async () => {
  const store = new MemoryStore(new VirtualClock());
  {
    await using first = await TestMaster.start({ store });
    const { items } = await first.admin.list(namespaces);
    expect(items.map(({ metadata, status }) => `${metadata.name} ${status!.phase}`)).toEqual([
      'default Active',
      'kube-node-lease Active',
      'kube-public Active',
      'kube-system Active',
    ]);
    await first.admin.patch(namespaces, { name: 'default' }, 'merge', { metadata: { labels: { mine: 'yes' } } });
    await first.admin.delete(namespaces, { name: 'kube-node-lease' });
    await first.admin.update(
      namespaces,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' }, spec: { finalizers: [] } },
      { subresource: 'finalize' },
    );
  }
  const { revision } = store;
  await using second = await TestMaster.start({ store });
  expect((await second.admin.get(namespaces, { name: 'default' })).metadata.labels).toMatchObject({ mine: 'yes' });
  await second.admin.get(namespaces, { name: 'kube-node-lease' });
  expect(store.revision).toBe(revision + 1);
});
