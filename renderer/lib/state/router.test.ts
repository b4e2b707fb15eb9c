import { expect, it } from 'vitest';
import { hrefOf, routeOf, type Route } from './router.svelte.ts';

const routes: Route[] = [
  { page: 'home' },
  { page: 'new' },
  { page: 'cluster', cluster: 'abc123', section: 'pods' },
  { page: 'cluster', cluster: 'abc123', section: 'workloads', item: { namespace: 'kube-system', name: 'a/b %#?' } },
];

it.each(routes)('finds the way back from the address of %j', (route) => {
  expect(routeOf(hrefOf(route))).toEqual(route);
});

it.each(['', '#', '#/', '#nowhere', '#/clusters', '#/clusters//pods', '#/%E0%A4%A'])(
  'takes %j for home',
  (fragment) => {
    expect(routeOf(fragment)).toEqual({ page: 'home' });
  },
);

it('shows the overview for a section that it does not know', () => {
  expect(routeOf('#/clusters/abc123/rubbish')).toEqual({ page: 'cluster', cluster: 'abc123', section: 'overview' });
});
