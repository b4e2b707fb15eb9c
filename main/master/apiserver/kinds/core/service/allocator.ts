import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { formatIpv4, parseIpv4, rangeContains, rangeSize, type Ipv4Range } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';

export const NODE_PORTS = { first: 30000, last: 32767 } as const;

// A write is through, or has failed, long before.
const RESERVATION_MS = 60_000;

/**
 * Hands out cluster IPs and node ports. What is in use is read from the Services themselves, so nothing
 * can leak and there is nothing to repair; a number that was just handed out is held until its Service
 * is stored.
 */
export class ServiceAllocator {
  readonly range: Ipv4Range;
  readonly #inUse: () => Iterable<Stored<Service>>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reserved = new Map<string | number, number>();

  constructor(range: Ipv4Range, inUse: () => Iterable<Stored<Service>>, clock: Clock, random: Random) {
    this.range = range;
    this.#inUse = inUse;
    this.#clock = clock;
    this.#random = random;
  }

  /** A free cluster IP; the upper part of the range is for those that are not asked for by number. */
  nextAddress(): string | undefined {
    const taken = this.#takenAddresses();
    const size = rangeSize(this.range);
    // The lower band is left to addresses that people choose (KEP-3070).
    const band = Math.min(Math.max(16, Math.floor(size / 16)), 256);
    const pick = (first: number, last: number): string | undefined =>
      this.#pick(first, last, (index) => {
        const address = formatIpv4(this.range.first + index);
        return taken.has(address) ? undefined : address;
      });
    return this.#reserve(pick(band + 1, size - 2) ?? pick(1, band));
  }

  /** Why this address cannot be had, or nothing when it is now reserved. */
  claimAddress(address: string): string | undefined {
    const parsed = parseIpv4(address);
    if (parsed === undefined || !rangeContains(this.range, parsed)) {
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${formatIpv4(this.range.first)}/${this.range.bits}`;
    }
    if (this.#takenAddresses().has(address)) return 'provided IP is already allocated';
    this.#reserve(address);
    return undefined;
  }

  nextPort(): number | undefined {
    const taken = this.#takenPorts();
    return this.#reserve(this.#pick(NODE_PORTS.first, NODE_PORTS.last, (port) => (taken.has(port) ? undefined : port)));
  }

  /** Why this port cannot be had, or nothing when it is now reserved. */
  claimPort(port: number): string | undefined {
    if (port < NODE_PORTS.first || port > NODE_PORTS.last) {
      return `provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`;
    }
    if (this.#takenPorts().has(port)) return 'provided port is already allocated';
    this.#reserve(port);
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

  #reserve<T extends string | number | undefined>(value: T): T {
    if (value !== undefined) this.#reserved.set(value, this.#clock.monotonic() + RESERVATION_MS);
    return value;
  }

  #takenAddresses(): ReadonlySet<string | number> {
    const taken = this.#held();
    for (const { spec } of this.#inUse()) for (const address of spec?.clusterIPs ?? []) taken.add(address);
    return taken;
  }

  #takenPorts(): ReadonlySet<string | number> {
    const taken = this.#held();
    for (const { spec } of this.#inUse()) {
      for (const { nodePort } of spec?.ports ?? []) if (nodePort) taken.add(nodePort);
    }
    return taken;
  }

  #held(): Set<string | number> {
    const now = this.#clock.monotonic();
    for (const [value, until] of this.#reserved) if (until <= now) this.#reserved.delete(value);
    return new Set(this.#reserved.keys());
  }
}
