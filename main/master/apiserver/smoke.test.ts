import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps } from '#common/kube/resources.ts';
import { TestMaster } from '../../../test/support/master.ts';

it('works', async () => {
  await using master = await TestMaster.start({ controllers: true, scheduler: true, clock: new VirtualClock() });
  await master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default' },
  });
  const https = await master.https();
  expect(await https.get(configMaps, { namespace: 'default', name: 'a' })).toMatchObject({ metadata: { name: 'a' } });
});
