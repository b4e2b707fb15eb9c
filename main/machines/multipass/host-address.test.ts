import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { addressBeside, addressOnBridge, reachableAddress } from './host-address.ts';

const ipv4 = (cidr: string, internal = false): NetworkInterfaceInfo => ({
  address: cidr.split('/')[0]!,
  netmask: '',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr,
});
const INTERFACES = {
  lo: [ipv4('127.0.0.1/8', true)],
  eth0: [ipv4('192.168.1.20/24')],
  mpqemubr0: [ipv4('10.61.7.1/24')],
};

test('the host is reached on the link that it shares with the instance, and on no other', () => {
  expect(addressBeside('10.61.7.20', INTERFACES)).toBe('10.61.7.1');
  expect(addressBeside('10.61.8.20', INTERFACES)).toBeUndefined();
  expect(addressBeside('127.0.0.5', INTERFACES)).toBeUndefined();
});

test('before any instance runs only the bridge of Linux tells', () => {
  expect(addressOnBridge(INTERFACES)).toBe('10.61.7.1');
  expect(addressOnBridge({ eth0: INTERFACES.eth0 })).toBeUndefined();
});

test('addresses of the pod network are not those by which an instance is reached', () => {
  expect(reachableAddress(['10.244.0.1', '10.61.7.20'], INTERFACES)).toBe('10.61.7.20');
  expect(reachableAddress(['10.99.0.4', '10.244.0.1'], INTERFACES)).toBe('10.99.0.4');
  expect(reachableAddress([], INTERFACES)).toBeUndefined();
});
