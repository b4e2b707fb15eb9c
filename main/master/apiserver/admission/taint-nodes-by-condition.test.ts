import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { nodes } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject } from '../../../../test/support/objects.ts';

it('a node takes no pods until its controller has seen that it is ready', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ controllers: true, clock });
  const created = await master.admin.create(nodes, nodeObject('a', { conditions: [] }));
  expect(created.spec?.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  await master.admin.patch(nodes, { name: 'a' }, 'strategic', { status }, { subresource: 'status' });
  await clock.advance(0);
  expect((await master.admin.get(nodes, { name: 'a' })).spec?.taints ?? []).toEqual([]);
});
