import { expect, test } from 'vitest';
import { hardwareAddress } from './bridge.ts';
import { tableText } from './forwarding.ts';
import { bridgeName, isBridgeName, portName } from './link-names.ts';

test('names of links fit into the kernel, tell clusters apart, and are known as ours', () => {
  const clusters = ['abc123', 'abcdefghijk', 'abcdefghijklmnop', 'abcdefghijklmnoq'];
  const names = clusters.map(bridgeName);
  expect(names.slice(0, 2)).toEqual(['plt-abc123', 'plt-abcdefghijk']);
  expect(new Set(names).size).toBe(clusters.length);
  for (const name of [...names, portName('abcdefghijklmnop-node-1')]) expect(name.length).toBeLessThanOrEqual(15);
  expect(names.every(isBridgeName)).toBe(true);
  expect(isBridgeName(portName('abc-one'))).toBe(false);
});

test('a hardware address is local, not multicast, and follows the address', () => {
  expect(hardwareAddress('10.89.0.255')).toBe('02:42:0a:59:00:ff');
});

test('machines get out under the address of the host, and nobody gets in', () => {
  const text = tableText('abc', { name: 'plt-abc', range: '10.89.0.0/24', hostAddress: '10.89.0.1' });
  expect(text).toContain('ip saddr 10.89.0.0/24 oifname != "plt-abc" masquerade');
  expect(text.indexOf('ct state established,related accept')).toBeLessThan(text.indexOf('oifname "plt-abc" drop'));
  // Replaces what an earlier start left, in one transaction.
  expect(text.startsWith('add table inet pilothouse-abc\ndelete table inet pilothouse-abc\ntable inet')).toBe(true);
});
