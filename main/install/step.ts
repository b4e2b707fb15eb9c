import type { ReportProgress } from '../machines/provider.ts';

/**
 * One step of turning machines into nodes. Idempotent: it may be run again after any interruption.
 * The journal records which steps of which node are done; `isDone` looks at the machine itself,
 * so that a step which finished just before a crash is not repeated, and one that was undone is.
 */
export interface Step<Context> {
  /** Stable: it is the key in the journal and in the catalogue of texts. */
  readonly id: string;
  /** Expected duration, which weighs the step in the progress bar. */
  readonly expectedMs: number;
  isDone(context: Context, signal: AbortSignal): Promise<boolean>;
  run(context: Context, report: ReportProgress, signal: AbortSignal): Promise<void>;
}
