import type { NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';

/** Finds how the node reaches the master. Always run: the way is kept only as long as the app runs. */
export const reach: Step<NodeContext> = {
  id: 'reach',
  expectedMs: 300,

  isDone: () => Promise.resolve(false),

  async run(context, report, signal) {
    report({ line: 'Looking for the way from the node to the control plane' });
    const found = await context.reach(signal);
    report({
      line:
        found === 'direct'
          ? 'The node reaches the control plane directly'
          : 'The node reaches the control plane through a tunnel in the SSH connection',
    });
  },
};
