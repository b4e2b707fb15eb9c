import { beforeAll, describe, expect, test } from 'vitest';
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
