import { expect, test } from 'vitest';
import { parseResolverSettings } from './name-servers.ts';

test('servers on the loopback of the host are out of reach of a machine', () => {
  const text = '# made by resolvconf\nnameserver 127.0.0.53\nnameserver ::1\noptions edns0\nsearch lan example.org\n';
  expect(parseResolverSettings(text)).toEqual({ servers: [], search: ['lan', 'example.org'] });
});

test('all others are kept in their order', () => {
  const text = 'domain corp\nnameserver 10.1.1.1\n  nameserver\t10.1.1.2 \nnameserver nonsense\nnameserver\n';
  expect(parseResolverSettings(text)).toEqual({ servers: ['10.1.1.1', '10.1.1.2'], search: ['corp'] });
});
