import type { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { ClusterPhase, OperationKind, OperationProgress } from '#common/contract/cluster.ts';
import { Activity } from './activity.ts';
import type { Journal } from './journal.ts';
import { Operation, type PlannedStep } from './operation.ts';

export interface LongOperation {
  readonly kind: OperationKind;
  /** What the cluster is meanwhile. */
  readonly phase: ClusterPhase;
  readonly steps: readonly PlannedStep[];
  readonly nodes: readonly string[];
  /** Before the first step. */
  readonly first?: () => Promise<void>;
  readonly finish?: () => Promise<void>;
  /** Begun once this one is done. */
  readonly next?: () => void;
}

export interface LongOperationsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** What is told to whoever asks for something while something else is under way. */
  readonly busy: () => AppError;
  /** Hears what the cluster is from now on. */
  readonly began: (phase: ClusterPhase) => void;
  readonly failed: (error: unknown, kind: OperationKind) => void;
  /** Hears when `progress` is another. */
  readonly changed: () => void;
}

/** What is done to a cluster: one thing at a time, long ones in the background, with a journal and progress. */
export class LongOperations {
  readonly #options: LongOperationsOptions;
  readonly #activity = new Activity();
  #progress: OperationProgress | null = null;
  #underWay: OperationKind | undefined;

  constructor(options: LongOperationsOptions) {
    this.#options = options;
  }

  /** The last one, while the app runs. */
  get progress(): OperationProgress | null {
    return this.#progress;
  }

  /** The long one that is under way. */
  get underWay(): OperationKind | undefined {
    return this.#underWay;
  }

  get isBusy(): boolean {
    return this.#activity.isBusy;
  }

  /** Runs one in the background; its outcome is told, not thrown. Throws when something is under way. */
  begin({ kind, phase, steps, nodes, first, finish, next }: LongOperation): void {
    const { journal, clock, busy, began, failed, changed } = this.#options;
    if (this.#activity.isBusy) throw busy();
    this.#underWay = kind;
    const running = this.#activity.run(busy, async (signal) => {
      began(phase);
      const earlier = await journal.lastOperation(kind);
      await first?.();
      const onProgress = (progress: OperationProgress): void => {
        this.#progress = progress;
        changed();
      };
      await new Operation({ kind, steps, nodes, journal, clock, onProgress }, earlier).run(signal);
      await finish?.();
    });
    void running
      .finally(() => (this.#underWay = undefined))
      .then(() => next?.())
      .catch((error: unknown) => failed(error, kind));
  }

  /** Does something short, and waits for it. Throws when something is under way. */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#activity.run(this.#options.busy, work);
  }

  /** Asks what is under way to stop, and waits until it has. */
  interrupt(): Promise<void> {
    return this.#activity.interrupt();
  }
}
