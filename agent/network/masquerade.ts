export const MASQUERADE_TABLE = 'pilothouse-network';

/**
 * Pods have addresses that only the nodes know: what leaves for elsewhere goes out under the node's own.
 * `nodes` are the addresses of all nodes, which answer pods directly.
 */
export function masqueradeScript(podRange: string, nodes: readonly string[]): string {
  const known = [podRange, ...nodes].join(', ');
  return `table ip ${MASQUERADE_TABLE}
delete table ip ${MASQUERADE_TABLE}
table ip ${MASQUERADE_TABLE} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podRange} ip daddr != { ${known} } masquerade fully-random
  }
}
`;
}
