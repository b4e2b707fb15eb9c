import { isAborted } from '#common/base/abort.ts';
import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { OperationProgress } from '#common/contract/cluster.ts';
import type { ReportProgress } from '../machines/provider.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** A step of an operation, for the cluster as a whole or for each of its nodes. */
export interface PlannedStep {
  readonly id: string;
  readonly expectedMs: number;
  readonly scope: 'cluster' | 'node';
  /** Looks at what is really there; `node` is empty for the cluster's own steps. */
  isDone(node: string, signal: AbortSignal): Promise<boolean>;
  run(node: string, report: ReportProgress, signal: AbortSignal): Promise<void>;
}

export interface OperationOptions {
  readonly kind: OperationProgress['kind'];
  readonly steps: readonly PlannedStep[];
  readonly nodes: readonly string[];
  readonly journal: Journal;
  readonly clock: Clock;
  /** Hears of each change; the argument is a snapshot. */
  readonly onProgress: (progress: OperationProgress) => void;
}

type StepProgress = OperationProgress['steps'][number];
type Timed = Omit<StepProgress['nodes'][number], 'node'>;

/**
 * Runs steps in order, those of different nodes side by side, and keeps a journal on disk. A step that is
 * found done is not run again, so an operation that failed or was killed goes on where it stopped, and
 * only on the nodes that it had not finished.
 */
export class Operation {
  readonly #options: OperationOptions;
  readonly #progress: OperationProgress;

  constructor(options: OperationOptions, earlier: readonly JournalEntry[] = []) {
    this.#options = options;
    this.#progress = {
      kind: options.kind,
      state: 'running',
      startedAt: options.clock.now(),
      fraction: 0,
      steps: options.steps.map(({ id, expectedMs, scope }) => ({
        id,
        expectedMs,
        // Without nodes there is nothing to do for them.
        state: scope === 'node' && options.nodes.length === 0 ? 'done' : 'waiting',
        nodes: scope === 'node' ? options.nodes.map((node) => ({ node, state: 'waiting' })) : [],
      })),
    };
    // One that came to its end is over: this is another, of which nothing is done yet.
    if (earlier.at(-1)?.event !== 'end') this.#recall(earlier);
  }

  get progress(): OperationProgress {
    return structuredClone(this.#progress);
  }

  /** Resolves when all steps are done; rejects with the AppError of the first step that failed. */
  async run(signal: AbortSignal): Promise<void> {
    const { kind, journal, clock } = this.#options;
    this.#tell();
    try {
      await journal.append({ at: clock.now(), operation: kind, event: 'begin' });
      await this.#runSteps(signal);
      this.#finish('done');
      await journal.append({ at: clock.now(), operation: kind, event: 'end' });
    } catch (error) {
      const known = AppError.from(error);
      this.#finish(isAborted(signal) || known.code === 'cancelled' ? 'cancelled' : 'failed');
      throw known;
    }
  }

  /** Cluster steps are barriers; between them each node goes through its steps at its own pace. */
  async #runSteps(signal: AbortSignal): Promise<void> {
    const { steps, nodes } = this.#options;
    for (let index = 0; index < steps.length;) {
      if (steps[index]!.scope === 'cluster') {
        await this.#runOne(index++, '', signal);
        continue;
      }
      const end = endOfNodeSteps(steps, index);
      const outcomes = await Promise.allSettled(
        nodes.map(async (node) => {
          for (let step = index; step < end; step++) await this.#runOne(step, node, signal);
        }),
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason as Error;
      index = end;
    }
  }

  async #runOne(index: number, node: string, signal: AbortSignal): Promise<void> {
    const { kind, steps, journal, clock } = this.#options;
    const step = steps[index]!;
    const entry = { operation: kind, step: step.id, ...(node === '' ? {} : { node }) };
    signal.throwIfAborted();
    const startedAt = clock.now();
    this.#update(index, node, {
      state: 'running',
      startedAt,
      finishedAt: undefined,
      error: undefined,
      line: undefined,
    });
    try {
      if (!(await step.isDone(node, signal))) {
        await journal.append({ ...entry, at: clock.now(), event: 'start' });
        const report: ReportProgress = ({ line, fraction }) => this.#update(index, node, { line, fraction });
        await step.run(node, report, signal);
      }
      await journal.append({ ...entry, at: clock.now(), event: 'done' });
      this.#update(index, node, { state: 'done', finishedAt: clock.now(), fraction: undefined });
    } catch (error) {
      const known = AppError.from(error);
      const cancelled = isAborted(signal);
      await journal.append({ ...entry, at: clock.now(), event: 'failed', error: known.toShape() });
      this.#update(index, node, {
        state: cancelled ? 'waiting' : 'failed',
        finishedAt: clock.now(),
        ...(cancelled ? {} : { error: known.toShape() }),
      });
      throw known;
    }
  }

  #update(index: number, node: string, change: Partial<Timed>): void {
    const step = this.#progress.steps[index]!;
    if (node === '') Object.assign(step, change);
    else {
      Object.assign(
        step.nodes.find((row) => row.node === node)!,
        change,
      );
      Object.assign(step, summary(step));
    }
    this.#progress.fraction = fractionOf(this.#progress.steps);
    this.#tell();
  }

  /** What an earlier run got done is shown as done from the start. */
  #recall(earlier: readonly JournalEntry[]): void {
    for (const { step: id, node, event, at } of earlier) {
      const step = this.#progress.steps.find((candidate) => candidate.id === id);
      if (!step || event !== 'done') continue;
      if (node === undefined) Object.assign(step, { state: 'done', finishedAt: at });
      else {
        const row = step.nodes.find((candidate) => candidate.node === node);
        if (row) Object.assign(row, { state: 'done', finishedAt: at });
        Object.assign(step, summary(step));
      }
    }
    this.#progress.fraction = fractionOf(this.#progress.steps);
  }

  #finish(state: OperationProgress['state']): void {
    this.#progress.state = state;
    this.#progress.finishedAt = this.#options.clock.now();
    if (state === 'done') this.#progress.fraction = 1;
    this.#tell();
  }

  #tell(): void {
    this.#options.onProgress(this.progress);
  }
}

function endOfNodeSteps(steps: readonly PlannedStep[], start: number): number {
  const end = steps.findIndex((step, index) => index >= start && step.scope === 'cluster');
  return end < 0 ? steps.length : end;
}

/** A step as its nodes make it: failed where one failed, done where all are. */
function summary(step: StepProgress): Partial<Timed> {
  const { nodes } = step;
  const started = nodes.map(({ startedAt }) => startedAt).filter((at) => at !== undefined);
  const running = nodes.find(({ state }) => state === 'running');
  const failed = nodes.find(({ state }) => state === 'failed');
  const done = nodes.every(({ state }) => state === 'done');
  return {
    state: failed ? 'failed' : done ? 'done' : running || started.length > 0 ? 'running' : 'waiting',
    ...(started.length > 0 ? { startedAt: Math.min(...started) } : {}),
    finishedAt: done ? Math.max(...nodes.map(({ finishedAt = 0 }) => finishedAt)) : undefined,
    line: running?.line,
    error: failed?.error,
  };
}

function fractionOf(steps: readonly StepProgress[]): number {
  const total = steps.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  const done = steps.reduce((sum, step) => sum + step.expectedMs * partOf(step), 0);
  return total === 0 ? 0 : Math.min(1, done / total);
}

function partOf(step: StepProgress): number {
  if (step.nodes.length > 0) return step.nodes.reduce((sum, row) => sum + partDone(row), 0) / step.nodes.length;
  return partDone(step);
}

function partDone({ state, fraction }: Timed): number {
  return state === 'done' ? 1 : state === 'running' ? (fraction ?? 0) : 0;
}
