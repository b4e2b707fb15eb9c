import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { formatRange, parseIpv4, parseRange, rangeSize, rangesOverlap, type Ipv4Range } from '#common/kube/ipv4.ts';

/** Networks that a cluster uses, as `10.96.0.0/16`. */
export interface AddressRanges {
  readonly machines: string;
  readonly pods: string;
  readonly services: string;
}

type Purpose = keyof AddressRanges;

interface Pool {
  readonly prefix: number;
  /** Tried in this order. No two purposes share a pool, so that choices made apart never meet. */
  readonly within: readonly string[];
}

const POOLS: Readonly<Record<Purpose, Pool>> = {
  machines: { prefix: 24, within: ['10.89.0.0/16', '172.30.0.0/16', '192.168.192.0/18'] },
  pods: { prefix: 16, within: ['10.244.0.0/14', '10.160.0.0/12', '172.24.0.0/14'] },
  services: { prefix: 16, within: ['10.96.0.0/12', '10.112.0.0/12', '172.20.0.0/14'] },
};

/**
 * Free networks for a new cluster that overlap neither `taken` nor each other: the same input gives the
 * same ranges. Fails with `address-range-exhausted`.
 */
export function chooseRanges(taken: readonly string[]): AddressRanges {
  return {
    machines: chooseRange('machines', taken),
    pods: chooseRange('pods', taken),
    services: chooseRange('services', taken),
  };
}

export function chooseRange(purpose: Purpose, taken: readonly string[]): string {
  const { prefix, within } = POOLS[purpose];
  const used = taken.map(readRange).filter((range) => range !== undefined);
  for (const pool of within.map(parseRange)) {
    const size = 2 ** (32 - prefix);
    for (let index = 0; index < rangeSize(pool) / size; index++) {
      const candidate: Ipv4Range = { first: pool.first + index * size, bits: prefix };
      if (!used.some((range) => rangesOverlap(candidate, range))) return formatRange(candidate);
    }
  }
  throw new AppError('address-range-exhausted', { params: { purpose } });
}

const routeSchema = z.object({ dst: z.string() });

/** Shorter prefixes than this are default routes in disguise: a VPN that takes all traffic sets two halves. */
const SHORTEST_ROUTE = 8;

/** What this host already routes somewhere, from the output of `ip -4 -json route show table all`. */
export function parseRoutes(json: string): readonly string[] {
  const routes = z.array(routeSchema).parse(JSON.parse(json === '' ? '[]' : json));
  const found = routes
    .map((route) => readRange(route.dst))
    .filter((range) => range !== undefined)
    .filter((range) => range.bits >= SHORTEST_ROUTE);
  return [...new Set(found.map(formatRange))];
}

/** A range, or one address as a range of its own; undefined for anything else, such as `default`. */
function readRange(text: string): Ipv4Range | undefined {
  if (parseIpv4(text) !== undefined) return parseRange(`${text}/32`);
  try {
    return parseRange(text);
  } catch {
    return undefined;
  }
}
