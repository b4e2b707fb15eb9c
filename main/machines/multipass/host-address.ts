import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { parseIpv4, parseRange, rangeContains } from '#common/kube/ipv4.ts';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** The bridge that Multipass keeps on Linux. Elsewhere the system makes one when the first instance runs. */
const LINUX_BRIDGE = 'mpqemubr0';

/** The address of this host on the link that it shares with an instance; undefined when they share none. */
export function addressBeside(instance: string, interfaces: Interfaces = networkInterfaces()): string | undefined {
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  return addresses.find((own) => own.family === 'IPv4' && !own.internal && isOnLink(instance, own))?.address;
}

/** The address of this host on the bridge of all instances, where that is there before the first of them runs. */
export function addressOnBridge(interfaces: Interfaces = networkInterfaces()): string | undefined {
  return interfaces[LINUX_BRIDGE]?.find(({ family }) => family === 'IPv4')?.address;
}

/**
 * The address by which this host reaches an instance that has several, such as those of its pod network:
 * the first that is on a link of this host, else the first.
 */
export function reachableAddress(
  addresses: readonly string[],
  interfaces: Interfaces = networkInterfaces(),
): string | undefined {
  return addresses.find((address) => addressBeside(address, interfaces) !== undefined) ?? addresses[0];
}

function isOnLink(address: string, own: NetworkInterfaceInfo): boolean {
  const parsed = parseIpv4(address);
  return own.cidr !== null && parsed !== undefined && rangeContains(parseRange(own.cidr), parsed);
}
