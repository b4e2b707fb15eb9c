import { expect, it } from 'vitest';
import { leases, nodes, pods } from '#common/kube/resources.ts';
import { queryText, resourcePath } from './url.ts';

it('makes the paths of the API', () => {
  expect(resourcePath(pods, undefined)).toBe('/api/v1/pods');
  expect(resourcePath(pods, 'default')).toBe('/api/v1/namespaces/default/pods');
  expect(resourcePath(pods, 'default', 'a', 'status')).toBe('/api/v1/namespaces/default/pods/a/status');
  expect(resourcePath(leases, 'n', 'a')).toBe('/apis/coordination.k8s.io/v1/namespaces/n/leases/a');
  expect(resourcePath(nodes, 'ignored', 'a')).toBe('/api/v1/nodes/a');
});

it('lets no name leave its place', () => {
  expect(resourcePath(pods, '../x', 'a/b?c')).toBe('/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc');
});

it('says what is set', () => {
  expect(queryText({})).toBe('');
  expect(queryText({ a: undefined, b: '', c: 0, d: false, e: 'x=y&z' })).toBe('?c=0&d=false&e=x%3Dy%26z');
});
