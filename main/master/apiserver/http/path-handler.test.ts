import { describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';

describe('health', () => {
  it.each(['healthz', 'livez', 'readyz'])('/%s says so, in one word or in detail', async (name) => {
    await using master = await TestMaster.start({ log: silentLog });
    using api = await RawApi.open(master, { ca: master.authority.cert });
    const answer = await api.request('GET', `/${name}`);
    expect([answer.status, answer.text]).toEqual([200, 'ok']);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    for (const query of ['verbose', 'verbose=true']) {
      expect((await api.request('GET', `/${name}?${query}`)).text).toBe(
        `[+]ping ok\n[+]store ok\n[+]shutdown ok\n${name} check passed\n`,
      );
    }
    expect((await api.request('GET', `/${name}?verbose&exclude=store`)).text).toContain('[+]store excluded: ok');
  });
});

it('tells its version to everyone', async () => {
  await using master = await TestMaster.start();
  using api = await RawApi.open(master, { ca: master.authority.cert });
  const version = (await api.request('GET', '/version')).json();
  expect(version).toMatchObject({
    gitVersion: KUBERNETES_VERSION,
    platform: expect.stringMatching(/^\w+\/\w+$/) as string,
  });
  expect(`v${String(version['major'])}.${String(version['minor'])}`).toBe(KUBERNETES_VERSION.split('.', 2).join('.'));
});
