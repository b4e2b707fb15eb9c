import { isNodeReady } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, type Node } from '#common/kube/resources.ts';
import { notReadyError } from '../node-agent.ts';
import type { NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';
import { waitForObject } from '../wait-for-object.ts';

const PATIENCE_MS = 60_000;

/** Waits until the node has reported itself to the cluster as ready. */
export const join: Step<NodeContext> = {
  id: 'join',
  expectedMs: 800,

  async isDone(context, signal) {
    const { items } = await context.client.list(nodes, { fieldSelector: `metadata.name=${context.node}` }, signal);
    return items.some(isNodeReady);
  },

  async run(context, report, signal) {
    let reason = unreadyReason(undefined);
    const ready = await waitForObject(
      context.client,
      nodes,
      { name: context.node },
      {
        clock: context.clock,
        patienceMs: PATIENCE_MS,
        signal,
        accept: (found) => {
          reason = unreadyReason(found);
          report({ line: found && isNodeReady(found) ? 'The node is ready' : reason });
          return found !== undefined && isNodeReady(found);
        },
      },
    );
    if (!ready) throw await notReadyError(context, reason, signal);
  },
};

function unreadyReason(node: Stored<Node> | undefined): string {
  if (!node) return 'the agent has not registered its node yet';
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.message ?? 'the agent has not reported a condition yet';
}
