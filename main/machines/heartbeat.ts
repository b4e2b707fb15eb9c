import type { Clock } from '#common/base/clock.ts';
import type { Progress, ReportProgress } from './provider.ts';

const INTERVAL_MS = 1_000;

/**
 * Runs work that may be silent for long. Whenever it has said nothing for a second, its last line is
 * reported again with the seconds since, so that a reader sees that it still goes on.
 */
export async function withHeartbeat<T>(
  clock: Clock,
  report: ReportProgress,
  work: (report: ReportProgress) => Promise<T>,
): Promise<T> {
  let last: Progress | undefined;
  let since = clock.monotonic();
  let alarm: Disposable | undefined;
  const arm = (): void => {
    alarm?.[Symbol.dispose]();
    alarm = clock.after(INTERVAL_MS, beat);
  };
  const beat = (): void => {
    const seconds = Math.round((clock.monotonic() - since) / 1_000);
    if (last) report({ ...last, line: `${last.line} (${seconds} s)` });
    arm();
  };
  arm();
  try {
    return await work((progress) => {
      last = progress;
      since = clock.monotonic();
      report(progress);
      arm();
    });
  } finally {
    alarm?.[Symbol.dispose]();
  }
}
