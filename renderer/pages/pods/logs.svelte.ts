import type { AppError } from '#common/base/app-error.ts';
import type { Contract } from '#common/contract/contract.ts';
import type { ArgsOf } from '#common/contract/define.ts';
import { plainLine } from '../../lib/format/plain-line.ts';
import { useClient } from '../../lib/state/context.ts';
import { onNextFrame } from '../../lib/state/frames.ts';
import { rerunFor } from '../../lib/state/rerun-for.ts';

/** How many lines are kept: the newest. */
const MAX_LINES = 10_000;

/** The log of one container: the end of what there is, and what comes after. */
export class Logs {
  lines = $state.raw<readonly string[]>([]);
  error = $state.raw<AppError>();
  /** The container has ended: no more lines will come. */
  ended = $state(false);
  attempt = $state(0);

  retry(): void {
    this.attempt++;
  }
}

export function useLogs(args: () => ArgsOf<Contract['cluster.logs']> | undefined): Logs {
  const client = useClient();
  const logs = new Logs();
  const wanted = $derived.by(() => {
    const now = args();
    return now && JSON.stringify(now);
  });
  $effect(() => {
    rerunFor(logs.attempt);
    logs.lines = [];
    logs.error = undefined;
    logs.ended = false;
    if (wanted === undefined) return;
    let kept: string[] = [];
    let open = true;
    const show = (): void => {
      if (open) logs.lines = kept;
    };
    const stream = client.open('cluster.logs', JSON.parse(wanted) as ArgsOf<Contract['cluster.logs']>, {
      event({ lines }) {
        kept = [...kept, ...lines.map(plainLine)].slice(-MAX_LINES);
        onNextFrame(show);
      },
      // The end of the log is sent again.
      reopened: () => (kept = []),
      ended: () => (logs.ended = true),
      failed: (error) => (logs.error = error),
    });
    return () => {
      open = false;
      stream[Symbol.dispose]();
    };
  });
  return logs;
}
