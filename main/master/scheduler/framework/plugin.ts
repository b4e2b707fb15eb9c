import type { Stored } from '#common/kube/object.ts';
import type { Node, Pod } from '#common/kube/resources.ts';
import type { NodeInfo } from './node-info.ts';

/** A node that is there: what plugins see. */
export type Candidate = NodeInfo & { readonly node: Stored<Node> };

/** A score is between 0 and this; weights compare plugins with each other. */
export const MAXIMUM_SCORE = 100;

/**
 * One concern of scheduling (upstream's scheduling framework, KEP-624), one folder each. A plugin
 * implements the extension points that it has something to say at.
 */
export interface SchedulerPlugin {
  readonly name: string;
  /** Why the pod cannot run on the node, in upstream's words; nothing when it can. */
  filter?(pod: Stored<Pod>, node: Candidate): string | undefined;
  /** How well the node suits, from 0; brought to the common scale together with all other nodes. */
  score?(pod: Stored<Pod>, nodes: readonly Candidate[]): readonly number[];
  /** How much its score counts. */
  readonly weight?: number;
}
