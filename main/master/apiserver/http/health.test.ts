import { expect, it } from 'vitest';
import { TestMaster } from '../../../../test/support/master.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';

it('tells whether it is healthy, check by check', async () => {
  await using master = await TestMaster.start();
  for (const name of ['healthz', 'livez', 'readyz']) {
    expect(await rawRequest(master, `/${name}`, { anonymous: true })).toMatchObject({ status: 200, text: 'ok' });
    const verbose = await rawRequest(master, `/${name}?verbose`);
    expect(verbose.text).toBe(`[+]ping ok\n[+]store ok\n[+]shutdown ok\n${name} check passed\n`);
    expect(await rawRequest(master, `/${name}/ping`)).toMatchObject({ status: 200, text: 'ok' });
  }
  const excluded = await rawRequest(master, '/readyz?verbose&exclude=store&exclude=nonsense');
  expect(excluded.text).toBe(
    '[+]ping ok\n[+]store excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "nonsense"\nreadyz check passed\n',
  );
  expect((await rawRequest(master, '/readyz/nonsense')).status).toBe(404);
});

it('does not say why it is not', async () => {
  class ClosedStore extends MemoryStore {
    closed = false;
    override get revision(): number {
      return this.closed ? -1 : super.revision;
    }
  }
  const store = new ClosedStore(new VirtualClock());
  await using master = await TestMaster.start({ store });
  store.closed = true;
  const answer = await rawRequest(master, '/livez', { anonymous: true });
  expect(answer).toMatchObject({
    status: 500,
    text: '[+]ping ok\n[-]store failed: reason withheld\n[+]shutdown ok\nlivez check failed\n',
  });
  expect((await rawRequest(master, '/livez?exclude=store')).status).toBe(200);
});
