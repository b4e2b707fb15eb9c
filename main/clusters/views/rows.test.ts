import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { rowsQuerySchema, type PodRow, type RowsEvent, type RowsQuery } from '#common/contract/rows.ts';
import { rowsStream } from './rows.ts';
import type { View } from './view.ts';

let clock: VirtualClock;
let abort: AbortController;
let rows: PodRow[];
let changed: () => void;
let watched: number;
let events: RowsEvent[];
let synced: PromiseWithResolvers<void>;

beforeEach(() => {
  clock = new VirtualClock();
  abort = new AbortController();
  rows = [];
  events = [];
  watched = 0;
  synced = Promise.withResolvers();
  synced.resolve();
});
afterEach(async () => {
  abort.abort();
  await clock.advance(0);
  expect(watched).toBe(0);
  expect(clock.pending).toBe(0);
});

const view = (): View<'pods'> => ({
  synced: synced.promise,
  rows: () => rows,
  subscribe(listener) {
    watched++;
    changed = listener;
    return { [Symbol.dispose]: () => void watched-- };
  },
});

const row = (name: string, change: Partial<PodRow> = {}): PodRow => ({
  id: `id-${name}`,
  name,
  namespace: 'default',
  created: '2030-01-01T00:00:00Z',
  status: 'Running',
  tone: 'ok',
  ready: 1,
  containers: ['web'],
  restarts: 0,
  ...change,
});

async function open(query: Partial<RowsQuery> = {}): Promise<void> {
  const parsed = rowsQuerySchema.parse({ cluster: 'abcdef', view: 'pods', ...query });
  void rowsStream(view() as View, parsed, clock, (event) => events.push(event), abort.signal);
  await clock.advance(0);
}

async function change(...next: PodRow[]): Promise<void> {
  rows = next;
  changed();
  await clock.advance(100);
}

const names = (event: RowsEvent | undefined): string[] => event!.order.map((id) => id.replace('id-', ''));

async function shown(query: Partial<RowsQuery>): Promise<string[]> {
  await open(query);
  return names(events.at(-1));
}

describe('sorting', () => {
  it('is by name at first, as people count', async () => {
    rows = ['web-10', 'web-9', 'api-2', 'Web-1'].map((name) => row(name));
    expect(await shown({})).toEqual(['api-2', 'Web-1', 'web-9', 'web-10']);
  });

  it.each<[string, boolean, string[]]>([
    ['restarts', false, ['b', 'c', 'a']],
    ['restarts', true, ['a', 'b', 'c']],
    ['node', false, ['b', 'a', 'c']],
    ['node', true, ['c', 'a', 'b']],
    ['created', false, ['c', 'a', 'b']],
    ['no such column', false, ['a', 'b', 'c']],
    ['__proto__', false, ['a', 'b', 'c']],
  ])('is by %s (descending: %s), and by name where that is equal', async (column, descending, order) => {
    rows = [
      row('c', { node: 'n-10', created: '2029-01-01T00:00:00Z' }),
      row('a', { node: 'n-9', restarts: 3 }),
      row('b'),
    ];
    expect(await shown({ sort: { column, descending } })).toEqual(order);
  });
});

describe('searching', () => {
  const all = [
    row('web-1', { node: 'alpha', status: 'CrashLoopBackOff', tone: 'error', message: 'back-off 5m' }),
    row('api-1', { namespace: 'team', containers: ['server', 'sidecar'], ip: '10.244.1.7' }),
    row('数据库', { status: 'Pending', tone: 'warn' }),
  ];

  it.each<[string, string[]]>([
    ['', ['api-1', 'web-1', '数据库']],
    ['WEB', ['web-1', '数据库']],
    ['  crashloop ', ['web-1']],
    ['sidecar', ['api-1']],
    ['10.244', ['api-1']],
    ['数据', ['数据库']],
    // Full-width letters, as Chinese keyboards give them.
    ['ＡＰＩ', ['api-1']],
    ['back-off', ['web-1']],
    ['nothing', []],
    // What only the machine sees is not found: ids, colours, times.
    ['id-web', []],
    ['error', []],
    ['2030', []],
  ])('finds by %j what can be read', async (search, found) => {
    rows = all;
    expect((await shown({ search })).sort()).toEqual([...found].sort());
    expect(events[0]).toMatchObject({ total: 3, matched: found.length });
  });

  it('is within the namespace that is chosen', async () => {
    rows = all;
    expect(await shown({ namespace: 'team' })).toEqual(['api-1']);
    expect(events[0]).toMatchObject({ total: 1, matched: 1 });
  });
});

describe('a window', () => {
  const many = (count: number): PodRow[] => Array.from({ length: count }, (_, index) => row(`p-${index + 1}`));

  it('is shown its part of the table, and how much there is', async () => {
    rows = many(250);
    await open({ offset: 100, limit: 3 });
    expect(events).toEqual([
      {
        total: 250,
        matched: 250,
        order: ['id-p-101', 'id-p-102', 'id-p-103'],
        rows: [row('p-101'), row('p-102'), row('p-103')],
      },
    ]);
  });

  it('that begins beyond the end is empty', async () => {
    rows = many(5);
    expect(await shown({ offset: 10 })).toEqual([]);
    expect(events[0]).toMatchObject({ total: 5, matched: 5 });
  });

  it('is told first when everything is known, also when that is nothing', async () => {
    synced = Promise.withResolvers();
    await open();
    expect(events).toEqual([]);
    synced.resolve();
    await clock.advance(0);
    expect(events).toEqual([{ total: 0, matched: 0, order: [], rows: [] }]);
  });

  it('then hears only of rows that look another way', async () => {
    const [a, b, c] = [row('a'), row('b'), row('c')];
    rows = [a, b, c];
    await open();
    await change(a, row('b', { restarts: 1 }), row('c'));
    expect(events.slice(1)).toEqual([
      { total: 3, matched: 3, order: ['id-a', 'id-b', 'id-c'], rows: [row('b', { restarts: 1 })] },
    ]);
    // A new version that looks the same is no news at all.
    await change(row('a'), row('b', { restarts: 1 }), c);
    expect(events).toHaveLength(2);
  });

  it('hears of rows that come and go by their order alone, and is given back what it had let go', async () => {
    const [a, b, c] = [row('a'), row('b'), row('c')];
    rows = [a, b, c];
    await open({ limit: 2 });
    await change(b, c);
    expect(events.at(-1)).toEqual({ total: 2, matched: 2, order: ['id-b', 'id-c'], rows: [c] });
    await change(a, b, c);
    expect(events.at(-1)).toEqual({ total: 3, matched: 3, order: ['id-a', 'id-b'], rows: [a] });
  });

  it('hears of what changes beyond its edge by the counts alone', async () => {
    rows = many(3);
    await open({ limit: 2 });
    await change(...many(4));
    expect(events.at(-1)).toEqual({ total: 4, matched: 4, order: ['id-p-1', 'id-p-2'], rows: [] });
  });

  it('hears of changes that come together in one event', async () => {
    await open();
    for (let count = 1; count <= 20; count++) {
      rows = many(count);
      changed();
      await clock.advance(1);
    }
    await clock.advance(100);
    expect(events).toHaveLength(2);
    expect(events[1]!.order).toHaveLength(20);
  });

  it('that is closed hears nothing more', async () => {
    rows = many(1);
    await open();
    rows = many(2);
    changed();
    abort.abort();
    await clock.advance(100);
    expect(events).toHaveLength(1);
  });
});
