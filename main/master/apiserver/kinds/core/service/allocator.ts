import type { Random } from '#common/base/random.ts';
import { formatIpv4, formatRange, parseIpv4, rangeSize, type Ipv4Range } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';

/** The Service by which pods reach the API server has the first address, whether it is there or not. */
export const KUBERNETES_SERVICE = { namespace: 'default', name: 'kubernetes' } as const;

export const NODE_PORTS = { first: 30000, last: 32767 } as const;

/**
 * Hands out cluster IPs and node ports. What is in use is read from the Services themselves, so nothing
 * can leak and there is nothing to repair; a number that was just handed out is reserved in `held`, until
 * its Service is stored or refused.
 */
export class ServiceAllocator {
  readonly range: Ipv4Range;
  readonly #inUse: () => Iterable<Stored<Service>>;
  readonly #random: Random;
  readonly #reserved = new Set<string | number>();

  constructor(range: Ipv4Range, inUse: () => Iterable<Stored<Service>>, random: Random) {
    this.range = range;
    this.#inUse = inUse;
    this.#random = random;
  }

  /** A free cluster IP; the upper part of the range is for those that are not asked for by number. */
  nextAddress(held: DisposableStack): string | undefined {
    const taken = this.#takenAddresses();
    const size = rangeSize(this.range);
    const last = size - 2;
    // The lower band is left to addresses that people choose (KEP-3070).
    const band = Math.min(Math.max(16, Math.floor(size / 16)), 256, last);
    const pick = (from: number, to: number): string | undefined =>
      this.#pick(from, to, (index) => {
        const address = formatIpv4(this.range.first + index);
        return taken.has(address) ? undefined : address;
      });
    return this.#reserve(pick(band + 1, last) ?? pick(2, band), held);
  }

  /** Why the Service `forKubernetes` or not cannot have this address, or nothing when it is now reserved. */
  claimAddress(address: string, held: DisposableStack, forKubernetes = false): string | undefined {
    const parsed = parseIpv4(address);
    // Neither the address of the network itself nor that of all in it.
    const usable = { first: this.range.first + 1, last: this.range.first + rangeSize(this.range) - 2 };
    if (parsed === undefined || parsed < usable.first || parsed > usable.last) {
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${formatRange(this.range)}`;
    }
    const isKept = !forKubernetes && parsed === usable.first;
    if (isKept || this.#takenAddresses().has(address)) return 'provided IP is already allocated';
    this.#reserve(address, held);
    return undefined;
  }

  nextPort(held: DisposableStack): number | undefined {
    const taken = this.#takenPorts();
    const free = this.#pick(NODE_PORTS.first, NODE_PORTS.last, (port) => (taken.has(port) ? undefined : port));
    return this.#reserve(free, held);
  }

  /** Why this port cannot be had, or nothing when it is now reserved. */
  claimPort(port: number, held: DisposableStack): string | undefined {
    if (port < NODE_PORTS.first || port > NODE_PORTS.last) {
      return `provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`;
    }
    if (this.#takenPorts().has(port)) return 'provided port is already allocated';
    this.#reserve(port, held);
    return undefined;
  }

  /** From a random place upwards, then from the beginning. */
  #pick<T>(first: number, last: number, free: (index: number) => T | undefined): T | undefined {
    const count = last - first + 1;
    if (count <= 0) return undefined;
    const start = Math.floor(this.#random.next() * count);
    for (let step = 0; step < count; step++) {
      const found = free(first + ((start + step) % count));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #reserve<T extends string | number | undefined>(value: T, held: DisposableStack): T {
    if (value === undefined) return value;
    this.#reserved.add(value);
    held.defer(() => this.#reserved.delete(value));
    return value;
  }

  #takenAddresses(): ReadonlySet<string | number> {
    const taken = new Set(this.#reserved);
    for (const { spec } of this.#inUse()) for (const address of spec?.clusterIPs ?? []) taken.add(address);
    return taken;
  }

  #takenPorts(): ReadonlySet<string | number> {
    const taken = new Set(this.#reserved);
    for (const { spec } of this.#inUse()) {
      for (const { nodePort } of spec?.ports ?? []) if (nodePort) taken.add(nodePort);
    }
    return taken;
  }
}
