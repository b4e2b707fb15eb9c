import type { PlannedStep } from './operation.ts';
import type { NodeContext } from '../install/node-context.ts';
import { installSteps } from '../install/install-steps.ts';
import type { ReportProgress } from '../machines/provider.ts';

/** What an operation does to one node's machine. */
export interface MachineActions {
  isRunning(node: string): Promise<boolean>;
  createAndStart(node: string, report: ReportProgress, signal: AbortSignal): Promise<void>;
  start(node: string, report: ReportProgress, signal: AbortSignal): Promise<void>;
  isGone(node: string): Promise<boolean>;
  stop(node: string, signal: AbortSignal): Promise<void>;
  delete(node: string, report: ReportProgress, signal: AbortSignal): Promise<void>;
}

type Prepare = (report: ReportProgress, signal: AbortSignal) => Promise<void>;
type ContextOf = (node: string) => Promise<NodeContext>;

const NEVER_DONE = (): Promise<boolean> => Promise.resolve(false);

/** From nothing to nodes that run pods. */
export function createPlan(prepare: Prepare, machines: MachineActions, contextOf: ContextOf): PlannedStep[] {
  return [
    prepareStep(prepare, 1_000),
    {
      id: 'machines',
      expectedMs: 1_500,
      scope: 'node',
      isDone: (node) => machines.isRunning(node),
      run: (node, report, signal) => machines.createAndStart(node, report, signal),
    },
    ...installSteps.map((step) => onNode(step.id, contextOf)),
  ];
}

/** Machines that were there before, back in the cluster. */
export function startPlan(prepare: Prepare, machines: MachineActions, contextOf: ContextOf): PlannedStep[] {
  return [
    prepareStep(prepare, 300),
    {
      id: 'machines',
      expectedMs: 500,
      scope: 'node',
      isDone: (node) => machines.isRunning(node),
      run: (node, report, signal) => machines.start(node, report, signal),
    },
    onNode('connect', contextOf),
    onNode('reach', contextOf),
    onNode('join', contextOf),
  ];
}

/** Machines that stand still, and nothing of the cluster on this computer that runs. */
export function stopPlan(
  machines: MachineActions,
  reportStopped: (node: string) => Promise<void>,
  stopMaster: () => Promise<void>,
): PlannedStep[] {
  return [
    {
      id: 'machines',
      expectedMs: 1_500,
      scope: 'node',
      isDone: async (node) => !(await machines.isRunning(node)),
      run: async (node, report, signal) => {
        report({ line: `Stopping ${node}` });
        await machines.stop(node, signal);
        // Or the next start would take it for ready before it is.
        await reportStopped(node);
      },
    },
    { id: 'master', expectedMs: 100, scope: 'cluster', isDone: NEVER_DONE, run: stopMaster },
  ];
}

/** What one node leaves behind. `drain` and `unregister` concern its object in the API. */
export function removePlan(
  machines: MachineActions,
  drain: (node: string, signal: AbortSignal) => Promise<void>,
  unregister: (node: string) => Promise<void>,
): PlannedStep[] {
  return [
    {
      id: 'drain',
      expectedMs: 3_000,
      scope: 'node',
      // Nothing can be waited for on a machine that does not run.
      isDone: async (node) => !(await machines.isRunning(node)),
      run: (node, report, signal) => {
        report({ line: `Moving the pods of ${node}` });
        return drain(node, signal);
      },
    },
    machinesGone(machines),
    { id: 'unregister', expectedMs: 100, scope: 'node', isDone: NEVER_DONE, run: (node) => unregister(node) },
  ];
}

export function deletePlan(
  machines: Pick<MachineActions, 'isGone' | 'delete'>,
  release: (report: ReportProgress, signal: AbortSignal) => Promise<void>,
): PlannedStep[] {
  return [
    machinesGone(machines),
    {
      id: 'release',
      expectedMs: 500,
      scope: 'cluster',
      isDone: NEVER_DONE,
      run: (_node, report, signal) => release(report, signal),
    },
  ];
}

function machinesGone(machines: Pick<MachineActions, 'isGone' | 'delete'>): PlannedStep {
  return {
    id: 'machines',
    expectedMs: 1_500,
    scope: 'node',
    isDone: (node) => machines.isGone(node),
    run: (node, report, signal) => machines.delete(node, report, signal),
  };
}

/** Always run: what it makes lasts only as long as the app, or this computer, runs. */
function prepareStep(prepare: Prepare, expectedMs: number): PlannedStep {
  return {
    id: 'prepare',
    expectedMs,
    scope: 'cluster',
    isDone: NEVER_DONE,
    run: (_node, report, signal) => prepare(report, signal),
  };
}

/** One of the installer's steps, for whichever node it is run. */
function onNode(id: string, contextOf: ContextOf): PlannedStep {
  const step = installSteps.find((candidate) => candidate.id === id);
  if (!step) throw new Error(`There is no step ${id}`);
  return {
    id,
    expectedMs: step.expectedMs,
    scope: 'node',
    isDone: async (node, signal) => step.isDone(await contextOf(node), signal),
    run: async (node, report, signal) => step.run(await contextOf(node), report, signal),
  };
}
