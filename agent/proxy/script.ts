import { MARK_MASK, MASQUERADE_BIT, PICK_MARK, type MapName, type Ruleset } from './ruleset.ts';

export const TABLE = 'pilothouse';

export interface Ranges {
  /** CIDR of all pods, and of all cluster IPs. */
  readonly pods: string;
  readonly services: string;
}

const MAP_TYPES: Readonly<Record<MapName, string>> = {
  services: 'ipv4_addr . inet_proto . inet_service : verdict',
  'service-endpoints': 'ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service',
  nodeports: 'inet_proto . inet_service : verdict',
  'nodeport-endpoints': 'inet_proto . inet_service . mark : ipv4_addr . inet_service',
};
const MAP_NAMES = Object.keys(MAP_TYPES) as MapName[];

const EMPTY: Ruleset = {
  maps: { services: new Map(), 'service-endpoints': new Map(), nodeports: new Map(), 'nodeport-endpoints': new Map() },
  hairpins: new Set(),
  chains: new Map(),
  sets: new Map(),
};

/** The whole table, made anew in one transaction, whatever was there before. */
export function fullScript(ranges: Ranges, wanted: Ruleset): string {
  return `table ip ${TABLE}
delete table ip ${TABLE}
table ip ${TABLE} {
${MAP_NAMES.map((name) => `  map ${name} { type ${MAP_TYPES[name]}; }`).join('\n')}
  set hairpins { type ipv4_addr . ipv4_addr; }
  chain dispatch {
    ip daddr . meta l4proto . th dport vmap @services
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @nodeports
  }
  chain nat-prerouting { type nat hook prerouting priority dstnat; policy accept; jump dispatch; }
  chain nat-output { type nat hook output priority -100; policy accept; jump dispatch; }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark and ${MARK_MASK} == ${PICK_MARK | MASQUERADE_BIT} masquerade fully-random
    ct status dnat ct original ip daddr ${ranges.services} ip saddr != ${ranges.pods} masquerade fully-random
    ip saddr . ip daddr @hairpins masquerade fully-random
  }
  chain refuse {
    fib daddr type local return
    meta l4proto tcp reject with tcp reset
    reject with icmp type port-unreachable
  }
  chain filter-forward {
    type filter hook forward priority filter; policy accept;
    ip daddr ${ranges.services} goto refuse
  }
  chain filter-output {
    type filter hook output priority filter; policy accept;
    ip daddr ${ranges.services} goto refuse
  }
}
${changeScript(EMPTY, wanted)}`;
}

/**
 * The transaction that turns one ruleset into another: only what differs, in an order in which nothing is
 * referred to before it is there or after it is gone. Empty when they are the same.
 */
export function changeScript(before: Ruleset, wanted: Ruleset): string {
  const lines: string[] = [];
  const chains = changedKeys(before.chains, wanted.chains, (left, right) => left.join('\n') === right.join('\n'));
  const sets = changedKeys(before.sets, wanted.sets, Object.is);
  for (const name of sets.added) {
    const type = `type ipv4_addr; flags dynamic, timeout; timeout ${wanted.sets.get(name) ?? 0}s; size 65535;`;
    lines.push(`add set ip ${TABLE} ${name} { ${type} }`);
  }
  for (const name of chains.added) lines.push(`add chain ip ${TABLE} ${name}`);
  const elements = MAP_NAMES.map((map) => ({
    map,
    ...changedKeys(before.maps[map], wanted.maps[map], Object.is),
  }));
  const hairpins = changedKeys(asMap(before.hairpins), asMap(wanted.hairpins), Object.is);
  for (const { map, removed, changed } of elements) {
    lines.push(...elementLines('delete', map, [...removed, ...changed]));
  }
  lines.push(...elementLines('delete', 'hairpins', hairpins.removed));
  for (const name of [...chains.changed, ...chains.removed]) lines.push(`flush chain ip ${TABLE} ${name}`);
  for (const name of [...chains.added, ...chains.changed]) {
    for (const rule of wanted.chains.get(name) ?? []) lines.push(`add rule ip ${TABLE} ${name} ${rule}`);
  }
  for (const { map, added, changed } of elements) {
    const entries = [...added, ...changed].map((key) => `${key} : ${wanted.maps[map].get(key) ?? ''}`);
    lines.push(...elementLines('add', map, entries));
  }
  lines.push(...elementLines('add', 'hairpins', hairpins.added));
  for (const name of chains.removed) lines.push(`delete chain ip ${TABLE} ${name}`);
  for (const name of sets.removed) lines.push(`delete set ip ${TABLE} ${name}`);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function elementLines(verb: 'add' | 'delete', place: string, elements: readonly string[]): string[] {
  return elements.length === 0 ? [] : [`${verb} element ip ${TABLE} ${place} { ${elements.join(', ')} }`];
}

function changedKeys<Value>(
  before: ReadonlyMap<string, Value>,
  wanted: ReadonlyMap<string, Value>,
  same: (left: Value, right: Value) => boolean,
): { added: string[]; removed: string[]; changed: string[] } {
  const added: string[] = [];
  const changed: string[] = [];
  for (const [key, value] of wanted) {
    const held = before.get(key);
    if (held === undefined) added.push(key);
    else if (!same(held, value)) changed.push(key);
  }
  return { added, changed, removed: [...before.keys()].filter((key) => !wanted.has(key)) };
}

function asMap(set: ReadonlySet<string>): Map<string, true> {
  return new Map([...set].map((key) => [key, true]));
}
