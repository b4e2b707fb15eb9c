import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { namespaces } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';

it('a watch ends when it is aborted while its events are being handed over', async () => {
  await using master = await TestMaster.start({ clock: new VirtualClock() });
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const event of master.admin.watch(namespaces, { resourceVersion: '0' }, abort.signal)) {
    if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.name);
    // The last one that there is: after it the watch would wait.
    if (seen.length === 4) abort.abort();
  }
  expect(seen.sort()).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
});
