import { withHeartbeat } from '../machines/heartbeat.ts';
import type { NodeContext } from './node-context.ts';
import type { Step } from './step.ts';
import { agent } from './steps/agent.ts';
import { check } from './steps/check.ts';
import { clock } from './steps/clock.ts';
import { connect } from './steps/connect.ts';
import { images } from './steps/images.ts';
import { join } from './steps/join.ts';
import { kernel } from './steps/kernel.ts';
import { node } from './steps/node.ts';
import { reach } from './steps/reach.ts';
import { runtime } from './steps/runtime.ts';
import { update } from './steps/update.ts';
import { verify } from './steps/verify.ts';

/** What turns a machine into a node of a cluster, in this order. None is silent for long. */
export const installSteps: readonly Step<NodeContext>[] = [
  connect,
  check,
  runtime,
  kernel,
  node,
  images,
  reach,
  agent,
  join,
  verify,
].map(audible);

/** What brings a node back whose machine stood still, or that was left alone for long. */
export const returnSteps: readonly Step<NodeContext>[] = [connect, clock, reach, update, join].map(audible);

function audible(step: Step<NodeContext>): Step<NodeContext> {
  return {
    ...step,
    run: (context, report, signal) => withHeartbeat(context.clock, report, (tell) => step.run(context, tell, signal)),
  };
}
