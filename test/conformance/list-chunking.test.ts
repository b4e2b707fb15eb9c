import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { openMaster } from '../../main/clusters/open-master.ts';
import { ASSETS } from '../support/master.ts';
import { RawApi } from '../support/raw-api.ts';
import type { RawObject } from '../support/raw-http.ts';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const COUNT = 40;
const PAGE = 15;

describe('lists in pages', () => {
  const master = useMaster();

  beforeAll(async () => {
    for (let index = 0; index < COUNT; index++) {
      const name = `item-${String(index).padStart(2, '0')}`;
      await master.api.post(PATH, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { paged: 'yes', half: index % 2 === 0 ? 'even' : 'odd' } },
      });
    }
  });

  async function page(query: string): Promise<RawObject> {
    const answer = await master.api.get(`${PATH}?${query}`);
    expect(answer.status).toBe(200);
    return answer.json();
  }
  const names = (list: RawObject): (string | undefined)[] => (list.items ?? []).map(({ metadata }) => metadata?.name);

  test('[AM17] pages tell what is left, and together are the list as it was', async () => {
    const whole = await page('');
    const found: (string | undefined)[] = [];
    let token = '';
    let left = (whole.items ?? []).length;
    do {
      const part = await page(`limit=${PAGE}&continue=${encodeURIComponent(token)}`);
      if (token === '') {
        // What comes between the pages is not seen by them.
        await master.api.post(PATH, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'item-99' } });
      }
      expect(part.metadata?.resourceVersion).toBe(whole.metadata?.resourceVersion);
      found.push(...names(part));
      left -= part.items?.length ?? 0;
      token = part.metadata?.continue ?? '';
      expect(part.metadata?.remainingItemCount ?? 0).toBe(left);
    } while (token !== '');
    expect(found).toEqual(names(whole));
    await master.api.delete(`${PATH}/item-99`);
  });

  test('[AM17] pages of a selection tell no remaining count', async () => {
    const part = await page(`limit=${PAGE}&labelSelector=half%3Deven`);
    expect(part.items).toHaveLength(PAGE);
    expect(part.metadata?.continue).not.toBe('');
    expect(part.metadata?.remainingItemCount).toBeUndefined();
    const rest = await page(`limit=${PAGE}&labelSelector=half%3Deven&continue=${part.metadata?.continue ?? ''}`);
    expect(rest.items).toHaveLength(COUNT / 2 - PAGE);
    expect(rest.metadata?.continue ?? '').toBe('');
  });

  test('[AM17] a token that is none is refused', async () => {
    const answer = await master.api.get(`${PATH}?limit=5&continue=nonsense`);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'BadRequest' });
    expect(answer.json().message).toContain('continue key is not valid');
  });
});

// A whole master in this process, whose clock can be moved: history is forgotten every five minutes.
test('[AM17] a list goes on from its last key when what it began with is compacted away', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-chunking-'));
  const clock = new VirtualClock(Date.now());
  const ranges = { serviceRange: '10.96.0.0/16', podRange: '10.244.0.0/16' };
  const home = { ...ranges, directory, store: 'sqlite', addresses: [], assets: ASSETS } as const;
  try {
    await using opened = await openMaster(home, { clock, random: secureRandom, log: silentLog });
    const { port } = await opened.master.listen('127.0.0.1', 0);
    const { cert, key } = opened.admin.current;
    using api = new RawApi({ url: `https://127.0.0.1:${port}`, ca: opened.certificateAuthority, cert, key });
    const make = (name: string) => api.post(PATH, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    for (const name of ['a', 'b', 'd', 'e']) expect((await make(name)).status).toBe(201);
    const names = (list: RawObject) => (list.items ?? []).map(({ metadata }) => metadata?.name);
    const goOn = (token: string | undefined) => api.get(`${PATH}?limit=2&continue=${encodeURIComponent(token ?? '')}`);

    const first = (await api.get(`${PATH}?limit=2`)).json();
    expect(names(first)).toEqual(['a', 'b']);
    // The first time sets the mark, the second forgets what was before it.
    for (const name of ['c', 'f']) {
      await make(name);
      await clock.advance(300_000);
    }
    const expired = await goOn(first.metadata?.continue);
    expect(expired.status).toBe(410);
    expect(expired.json()).toMatchObject({ reason: 'Expired', status: 'Failure' });
    const second = (await goOn(expired.json().metadata?.continue)).json();
    expect(names(second)).toEqual(['c', 'd']);
    expect(Number(second.metadata?.resourceVersion)).toBeGreaterThan(Number(first.metadata?.resourceVersion));
    // From here on all pages are of one moment again.
    const last = (await goOn(second.metadata?.continue)).json();
    expect(last.metadata?.resourceVersion).toBe(second.metadata?.resourceVersion);
    expect(names(last).slice(0, 2)).toEqual(['e', 'f']);
  } finally {
    await rm(directory, { recursive: true });
  }
});
