import type { ClusterNode } from '#common/contract/cluster.ts';
import type { NodeRow } from '#common/contract/rows.ts';

/** A node as its machine's owner and as the API server know it; either may not know it (yet). */
export interface JoinedNode {
  readonly name: string;
  readonly machine: ClusterNode | undefined;
  readonly row: NodeRow | undefined;
}

/** All machines in their order, then nodes that are none of ours. */
export function joinNodes(machines: readonly ClusterNode[], rows: readonly NodeRow[]): readonly JoinedNode[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const ours = machines.map((machine) => ({ name: machine.name, machine, row: byName.get(machine.name) }));
  const names = new Set(machines.map((machine) => machine.name));
  const others = rows.filter((row) => !names.has(row.name)).map((row) => ({ name: row.name, machine: undefined, row }));
  return [...ours, ...others];
}
