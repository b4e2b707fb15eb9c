import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { advertisedAddress } from './advertised-address.ts';

it('is the address that is listened on, where others can reach it', async () => {
  expect(await advertisedAddress('192.168.7.1')).toBe('192.168.7.1');
});

it.each(['127.0.0.1', '127.1.2.3', '0.0.0.0'])('is one that others know where %s is listened on', async (host) => {
  const address = await advertisedAddress(host);
  const known = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = known.filter(({ family, internal }) => family === 'IPv4' && !internal).map((one) => one.address);
  expect([undefined, ...outward]).toContain(address);
});
