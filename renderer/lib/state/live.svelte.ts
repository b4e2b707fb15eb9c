import type { AppError } from '#common/base/app-error.ts';
import type { Contract } from '#common/contract/contract.ts';
import type { ArgsOf, EventOf, StreamName } from '#common/contract/define.ts';
import { useClient } from './context.ts';
import { onNextFrame } from './frames.ts';
import { rerunFor } from './rerun-for.ts';

/** The newest event of a stream whose every event is the whole state. */
export class Live<N extends StreamName<Contract>> {
  value = $state.raw<EventOf<Contract[N]>>();
  error = $state.raw<AppError>();
  /** The handler came to its end: `value` stays as it is. */
  ended = $state(false);
  #attempt = $state(0);

  get attempt(): number {
    return this.#attempt;
  }

  /** Opens the stream again, after it failed or to have its work done anew. */
  retry(): void {
    this.#attempt++;
  }
}

/**
 * Follows a stream for as long as the component lives, opening it again when the arguments change.
 * Nothing is followed while `args` gives undefined.
 */
export function useLive<N extends StreamName<Contract>>(name: N, args: () => ArgsOf<Contract[N]> | undefined): Live<N> {
  const client = useClient();
  const live = new Live<N>();
  // Compared as text: arguments that are equal are no reason to open a stream again.
  const wanted = $derived.by(() => {
    const now = args();
    return now && JSON.stringify(now);
  });
  $effect(() => {
    rerunFor(live.attempt);
    live.value = undefined;
    live.error = undefined;
    live.ended = false;
    if (wanted === undefined) return;
    let newest: EventOf<Contract[N]> | undefined;
    let open = true;
    const show = (): void => {
      if (open && newest !== undefined) live.value = newest;
    };
    const stream = client.open(name, JSON.parse(wanted) as ArgsOf<Contract[N]>, {
      event(event) {
        newest = event;
        onNextFrame(show);
      },
      ended() {
        show();
        live.ended = true;
      },
      failed(error) {
        live.error = error;
      },
    });
    return () => {
      open = false;
      stream[Symbol.dispose]();
    };
  });
  return live;
}
