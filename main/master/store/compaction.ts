import type { Clock } from '#common/base/clock.ts';
import type { Revision, Store } from './store.ts';

/** As often as upstream's API server has etcd compacted (--etcd-compaction-interval). */
export const COMPACTION_INTERVAL_MS = 300_000;

/**
 * Forgets the past every five minutes: what was replaced before the last time. So history reaches back
 * between five and ten minutes, as upstream's does. Sleeps while nothing is written.
 */
export function compactRegularly(store: Store, clock: Clock, onError: (error: unknown) => void): Disposable {
  let mark: Revision = store.revision;
  let timer: Disposable | undefined;
  const arm = (): void => {
    timer ??= clock.after(COMPACTION_INTERVAL_MS, () => {
      timer = undefined;
      const target = mark;
      mark = store.revision;
      if (mark > target) arm();
      if (target > store.compactedRevision) store.compact(target).catch(onError);
    });
  };
  const watch = store.watch('/', store.revision, arm);
  if (store.revision > store.compactedRevision) arm();
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      timer?.[Symbol.dispose]();
    },
  };
}
