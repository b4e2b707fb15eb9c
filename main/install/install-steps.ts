import { withHeartbeat } from '../machines/heartbeat.ts';
import type { NodeContext } from './node-context.ts';
import type { Step } from './step.ts';
import { agent } from './steps/agent.ts';
import { check } from './steps/check.ts';
import { connect } from './steps/connect.ts';
import { images } from './steps/images.ts';
import { join } from './steps/join.ts';
import { kernel } from './steps/kernel.ts';
import { node } from './steps/node.ts';
import { reach } from './steps/reach.ts';
import { runtime } from './steps/runtime.ts';
import { verify } from './steps/verify.ts';

const steps: readonly Step<NodeContext>[] = [connect, check, runtime, kernel, node, images, reach, agent, join, verify];

/** What turns a machine into a node of a cluster, in this order. None is silent for long. */
export const installSteps: readonly Step<NodeContext>[] = steps.map((step) => ({
  ...step,
  run: (context, report, signal) => withHeartbeat(context.clock, report, (tell) => step.run(context, tell, signal)),
}));
