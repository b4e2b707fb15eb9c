import { describe, expect, test } from 'vitest';
import type { RawAnswer } from '../support/raw-http.ts';
import type { RawEvent } from '../support/raw-watch.ts';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

describe('watches', () => {
  const master = useMaster();
  const create = (name: string, label: string): Promise<RawAnswer> =>
    master.api.post(PATH, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { watch: label } } });
  const change = (name: string, mutation: string): Promise<RawAnswer> =>
    master.api.patch(`${PATH}/${name}`, 'merge', { data: { mutation } });
  const relabel = (name: string, label: string): Promise<RawAnswer> =>
    master.api.patch(`${PATH}/${name}`, 'merge', { metadata: { labels: { watch: label } } });
  const from = async (answer: Promise<RawAnswer>): Promise<string> =>
    (await answer).json().metadata?.resourceVersion ?? '';
  const told = ({ type, object }: RawEvent): string =>
    `${type} ${object.metadata.name} ${(object['data'] as { mutation?: string } | undefined)?.mutation ?? ''}`.trim();

  test('[AM20] each watcher sees the additions, changes and deletions of what it selects', async () => {
    const start = await from(master.api.get(PATH));
    const query = `?watch=true&resourceVersion=${start}`;
    using a = await master.api.watch(`${PATH}${query}&labelSelector=watch%3Da`);
    using b = await master.api.watch(`${PATH}${query}&labelSelector=watch%3Db`);
    using both = await master.api.watch(`${PATH}${query}&labelSelector=watch%20in%20(a,b)`);
    await create('first', 'a');
    await change('first', '1');
    await create('second', 'b');
    await change('first', '2');
    await master.api.delete(`${PATH}/first`);
    await master.api.delete(`${PATH}/second`);
    expect((await a.take(4)).map(told)).toEqual([
      'ADDED first',
      'MODIFIED first 1',
      'MODIFIED first 2',
      'DELETED first 2',
    ]);
    expect((await b.take(2)).map(told)).toEqual(['ADDED second', 'DELETED second']);
    expect((await both.take(6)).map(told)).toEqual([
      'ADDED first',
      'MODIFIED first 1',
      'ADDED second',
      'MODIFIED first 2',
      'DELETED first 2',
      'DELETED second',
    ]);
  });

  test('[AM20] a watch begins after the version that it names', async () => {
    await create('versions', 'versions');
    const first = await from(change('versions', '1'));
    await change('versions', '2');
    await master.api.delete(`${PATH}/versions`);
    using watch = await master.api.watch(
      `${PATH}?watch=true&fieldSelector=metadata.name%3Dversions&resourceVersion=${first}`,
    );
    expect((await watch.take(2)).map(told)).toEqual(['MODIFIED versions 2', 'DELETED versions 2']);
  });

  test('[AM20] a watch that was closed goes on where it was', async () => {
    const start = await from(create('restarted', 'restarted'));
    const query = `${PATH}?watch=true&labelSelector=watch%3Drestarted&resourceVersion=`;
    let last: string;
    {
      using watch = await master.api.watch(query + start);
      await change('restarted', '1');
      const event = await watch.next();
      expect(told(event)).toBe('MODIFIED restarted 1');
      last = event.object.metadata.resourceVersion ?? '';
    }
    await change('restarted', '2');
    await master.api.delete(`${PATH}/restarted`);
    using again = await master.api.watch(query + last);
    expect((await again.take(2)).map(told)).toEqual(['MODIFIED restarted 2', 'DELETED restarted 2']);
  });

  test('[AM20] what leaves a selection is deleted for its watcher, what comes back is added', async () => {
    const start = await from(master.api.get(PATH));
    using watch = await master.api.watch(`${PATH}?watch=true&resourceVersion=${start}&labelSelector=watch%3Dhere`);
    await create('moving', 'here');
    await change('moving', '1');
    const left = await from(relabel('moving', 'there'));
    await change('moving', '2');
    await relabel('moving', 'here');
    await change('moving', '3');
    await master.api.delete(`${PATH}/moving`);
    const events = await watch.take(6);
    expect(events.map(told)).toEqual([
      'ADDED moving',
      'MODIFIED moving 1',
      'DELETED moving 1',
      'ADDED moving 2',
      'MODIFIED moving 3',
      'DELETED moving 3',
    ]);
    expect(events[2]!.object.metadata.resourceVersion).toBe(left);
  });

  test('[AM20] all watchers see all changes in one order, wherever they begin', async () => {
    const start = await from(master.api.get(PATH));
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let round = 0; round < 10; round++) {
        const name = `racing-${writer}-${round}`;
        await create(name, 'racing');
        await change(name, 'x');
        if (round % 2 === 0) await master.api.delete(`${PATH}/${name}`);
      }
    });
    const total = 4 * 10 * 2 + 4 * 5;
    using first = await master.api.watch(`${PATH}?watch=true&resourceVersion=${start}`);
    const versions = (await first.take(total)).map(({ object }) => object.metadata.resourceVersion ?? '');
    await Promise.all(writers);
    expect(versions.map(Number)).toEqual(versions.map(Number).sort((a, b) => a - b));
    for (const index of [0, 17, 63]) {
      using later = await master.api.watch(`${PATH}?watch=true&resourceVersion=${versions[index]!}`);
      const rest = (await later.take(total - index - 1)).map(({ object }) => object.metadata.resourceVersion);
      expect(rest).toEqual(versions.slice(index + 1));
    }
  });
});
