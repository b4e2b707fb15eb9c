import { expect, it } from 'vitest';
import { RowsWindow } from './rows-window.ts';

const service = (id: string, endpoints = 1) => ({
  id,
  name: id,
  namespace: 'default',
  created: '2030-01-01T00:00:00Z',
  type: 'NodePort',
  clusterIp: '10.96.0.1',
  ports: ['80:30080/TCP'],
  endpoints,
  urls: [],
});

it('keeps rows that an event does not repeat, in the order of the event', () => {
  const window = new RowsWindow('services');
  window.apply({ total: 2, matched: 2, order: ['a', 'b'], rows: [service('a'), service('b')] });
  window.apply({ total: 3, matched: 3, order: ['b', 'c', 'a'], rows: [service('c')] });
  expect(window.rows.map((row) => row.id)).toEqual(['b', 'c', 'a']);
});

it('takes a changed row over, and leaves the others the same objects', () => {
  const window = new RowsWindow('services');
  window.apply({ total: 2, matched: 2, order: ['a', 'b'], rows: [service('a'), service('b')] });
  const before = window.rows;
  window.apply({ total: 2, matched: 2, order: ['a', 'b'], rows: [service('b', 5)] });
  expect(window.rows[0]).toBe(before[0]);
  expect(window.rows[1]).toMatchObject({ id: 'b', endpoints: 5 });
});

it('forgets rows that are no longer shown', () => {
  const window = new RowsWindow('services');
  window.apply({ total: 2, matched: 2, order: ['a', 'b'], rows: [service('a'), service('b')] });
  window.apply({ total: 1, matched: 1, order: ['b'], rows: [] });
  window.apply({ total: 2, matched: 2, order: ['a', 'b'], rows: [] });
  expect(window.rows.map((row) => row.id)).toEqual(['b']);
});

it('refuses rows of another view', () => {
  const window = new RowsWindow('pods');
  expect(() => window.apply({ total: 1, matched: 1, order: ['a'], rows: [service('a')] })).toThrow();
});
