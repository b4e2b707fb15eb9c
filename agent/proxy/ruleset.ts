import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from './model.ts';

/**
 * The changing part of the proxy's nftables table, as plain texts that can be compared. A service port is an
 * element that leads to `pick-<number of endpoints>`, which chooses a number, under which the endpoint is
 * another element. Rules are needed only for services with session affinity, which have chains of their own.
 */
export interface Ruleset {
  readonly maps: Readonly<Record<MapName, ReadonlyMap<string, string>>>;
  /** `10.244.1.5 . 10.244.1.5`: pods that reach themselves through a service. */
  readonly hairpins: ReadonlySet<string>;
  /** Rules by chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Sets that remember clients, by name: their timeout in seconds. */
  readonly sets: ReadonlyMap<string, number>;
}

export type MapName = 'services' | 'service-endpoints' | 'nodeports' | 'nodeport-endpoints';

/**
 * Marks of the packet that is being translated. The low bits are the number that was chosen; they stand apart
 * from the bits above, which tell that it is a mark of ours, and the one that asks for masquerading.
 */
export const PICK_MARK = 0x10000;
export const MASQUERADE_BIT = 0x8000;
export const MARK_MASK = 0xffff8000;

export function ruleset(ports: readonly ServicePort[]): Ruleset {
  const maps = {
    services: new Map<string, string>(),
    'service-endpoints': new Map<string, string>(),
    nodeports: new Map<string, string>(),
    'nodeport-endpoints': new Map<string, string>(),
  };
  const hairpins = new Set<string>();
  const chains = new Map<string, readonly string[]>();
  const sets = new Map<string, number>();
  for (const port of ports) {
    const count = port.endpoints.length;
    // Without endpoints nothing is translated: what is sent to the cluster IP is refused.
    if (count === 0) continue;
    const key = `${port.clusterIP} . ${port.protocol} . ${port.port}`;
    const nodeKey = port.nodePort === undefined ? undefined : `${port.protocol} . ${port.nodePort}`;
    for (const { address, local } of port.endpoints) if (local) hairpins.add(`${address} . ${address}`);
    if (port.affinitySeconds !== undefined) {
      const chain = addAffinity(port, port.affinitySeconds, chains, sets);
      maps.services.set(key, `goto ${chain}`);
      if (nodeKey !== undefined) {
        chains.set(`nodeport-${chain}`, [`meta mark set ${hex(PICK_MARK | MASQUERADE_BIT)}`, `goto ${chain}`]);
        maps.nodeports.set(nodeKey, `goto nodeport-${chain}`);
      }
      continue;
    }
    maps.services.set(key, `goto ${pickChain('pick', count, chains)}`);
    if (nodeKey !== undefined) maps.nodeports.set(nodeKey, `goto ${pickChain('nodeport-pick', count, chains)}`);
    for (const [index, endpoint] of port.endpoints.entries()) {
      const target = `${endpoint.address} . ${endpoint.port}`;
      maps['service-endpoints'].set(`${key} . ${hex(PICK_MARK + index)}`, target);
      if (nodeKey !== undefined) {
        maps['nodeport-endpoints'].set(`${nodeKey} . ${hex((PICK_MARK | MASQUERADE_BIT) + index)}`, target);
      }
    }
  }
  return { maps, hairpins, chains, sets };
}

/** The chain that chooses among `count` endpoints, whatever the service. */
function pickChain(kind: 'pick' | 'nodeport-pick', count: number, chains: Map<string, readonly string[]>): string {
  const name = `${kind}-${count}`;
  const first = kind === 'pick' ? PICK_MARK : PICK_MARK | MASQUERADE_BIT;
  const service =
    kind === 'pick'
      ? 'ip daddr . meta l4proto . th dport . meta mark map @service-endpoints'
      : 'meta l4proto . th dport . meta mark map @nodeport-endpoints';
  chains.set(name, [
    count === 1 ? `meta mark set ${hex(first)}` : `meta mark set numgen random mod ${count} offset ${first}`,
    `meta l4proto { tcp, udp, sctp } dnat ip to ${service}`,
  ]);
  return name;
}

/** Chains of a service port that sends a client where it was before, for as long as it keeps coming. */
function addAffinity(
  port: ServicePort,
  seconds: number,
  chains: Map<string, readonly string[]>,
  sets: Map<string, number>,
): string {
  const name = `affinity-${digest(`${port.clusterIP} ${port.protocol} ${port.port}`)}`;
  const targets = port.endpoints.map((endpoint) => {
    const place = `${name}-${digest(`${endpoint.address}:${endpoint.port} ${seconds}`)}`;
    sets.set(place, seconds);
    chains.set(`${place}-endpoint`, [
      `update @${place} { ip saddr timeout ${seconds}s }`,
      `meta l4proto ${port.protocol} dnat ip to ${target(endpoint)}`,
    ]);
    return place;
  });
  const choices = targets.map((place, index) => `${index} : goto ${place}-endpoint`).join(', ');
  chains.set(name, [
    ...targets.map((place) => `ip saddr @${place} goto ${place}-endpoint`),
    targets.length === 1 ? `goto ${targets[0]!}-endpoint` : `numgen random mod ${targets.length} vmap { ${choices} }`,
  ]);
  return name;
}

function target({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function hex(mark: number): string {
  return `0x${mark.toString(16).padStart(8, '0')}`;
}
