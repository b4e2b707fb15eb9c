import { AppError, type AppErrorShape } from '#common/base/app-error.ts';
import type { ClusterId, ClusterSummary, OperationProgress } from '#common/contract/cluster.ts';
import type { Instance } from '../instance/instance.ts';
import { progressView } from './output/progress.ts';

export interface OperateOptions {
  /** Absent for a cluster that `begin` is to make. */
  readonly cluster?: ClusterId;
  /** Nothing is shown while it goes on. */
  readonly quiet: boolean;
}

/**
 * Begins a long operation on a cluster and stays until it is over; gives back how the cluster is then, or nothing when
 * it is gone. Rejects with the error that ended the operation.
 */
export async function operate(
  instance: Instance,
  { cluster, quiet }: OperateOptions,
  begin: () => Promise<ClusterId>,
): Promise<ClusterSummary | undefined> {
  const before = cluster === undefined ? null : await instance.first('clusters.progress', { cluster });
  const id = await begin();
  using view = quiet ? undefined : progressView(process.stderr);
  const { promise: over, resolve, reject } = Promise.withResolvers<ClusterSummary | undefined>();
  let progress: OperationProgress | null = null;
  let summary: ClusterSummary | undefined;
  const look = (): void => {
    if (!summary) return;
    if (progress?.state === 'failed' || progress?.state === 'cancelled') reject(failureOf(progress, summary));
    // What fails before the first step has no progress.
    else if (progress?.state !== 'running' && summary.error) reject(AppError.fromShape(summary.error));
    else if (progress?.state === 'done' && isSettled(summary)) resolve(summary);
  };
  using following = instance.follow('clusters.progress', { cluster: id }, (now) => {
    // What was over before is not what was begun; what was under way is gone on with.
    if (now === null || (now.startedAt === before?.startedAt && before.state !== 'running')) return;
    progress = now;
    view?.show(now);
    look();
  });
  using watching = instance.follow('clusters.watch', {}, (clusters) => {
    summary = clusters.find((candidate) => candidate.id === id);
    if (summary) look();
    else resolve(undefined);
  });
  return await Promise.race([over, following.failed, watching.failed]);
}

function isSettled({ phase }: ClusterSummary): boolean {
  return phase === 'running' || phase === 'stopped' || phase === 'failed';
}

/** The step that failed knows more than the cluster as a whole. */
function failureOf({ steps, state }: OperationProgress, { error }: ClusterSummary): AppError {
  if (state === 'cancelled') return new AppError('cancelled');
  const parts = steps.flatMap((step): readonly { error?: AppErrorShape | undefined }[] => [...step.nodes, step]);
  const shape = parts.find((part) => part.error)?.error ?? error;
  return shape ? AppError.fromShape(shape) : new AppError('internal', { params: { message: 'it failed' } });
}
