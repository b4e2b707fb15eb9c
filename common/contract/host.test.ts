import { expect, test } from 'vitest';
import { createClusterSchema } from './cluster.ts';
import { hostSchema } from './host.ts';

test.each([
  ['10.0.0.5', 'me'],
  ['box.example.org', 'ubuntu'],
  ['box', 'first.last'],
])('%s of %s can be a host, at the usual port', (address, user) => {
  expect(hostSchema.parse({ address, user })).toEqual({ address, user, port: 22 });
});

test.each([
  [{ address: '-oProxyCommand=x' }, 'host-address'],
  [{ address: 'a b' }, 'host-address'],
  [{ address: 'fe80::1' }, 'host-address'],
  [{ address: '' }, 'host-address'],
  [{ user: '-l' }, 'host-user'],
  [{ user: 'a;b' }, 'host-user'],
  [{ port: 0 }, 'host-port'],
  [{ port: 65_536 }, 'host-port'],
  [{ keyFile: '' }, 'key-file'],
  [{ hostKey: 'MD5:00' }, 'host-key'],
])('%j cannot', (change, message) => {
  const parsed = hostSchema.safeParse({ address: 'box', user: 'me', ...change });
  expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test('there is a host for each node, where nodes are hosts of the user', () => {
  const host = { address: 'box', user: 'me' };
  const issuesOf = (change: object): string[] =>
    createClusterSchema.safeParse({ name: 'demo', nodes: 1, ...change }).error?.issues.map(({ message }) => message) ??
    [];
  expect(issuesOf({})).toEqual([]);
  expect(issuesOf({ provider: 'ssh', hosts: [host] })).toEqual([]);
  expect(issuesOf({ provider: 'ssh' })).toEqual(['hosts-count']);
  expect(issuesOf({ provider: 'ssh', hosts: [host], nodes: 2 })).toEqual(['hosts-count']);
  expect(issuesOf({ provider: 'multipass', hosts: [host] })).toEqual(['hosts-count']);
  expect(createClusterSchema.parse({ name: 'demo', nodes: 1, provider: 'ssh', hosts: [host] }).hosts).toEqual([
    { ...host, port: 22, secrets: {} },
  ]);
});
