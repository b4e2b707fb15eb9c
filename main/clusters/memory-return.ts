import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '#common/base/clock.ts';

/** Nothing is collected for so long: whatever filled the heap is over. */
const QUIET_MS = 3000;
/** Less is not worth the pause, which is about 2 ms per MB in use. */
const WORTHWHILE_BYTES = 32 * 1024 * 1024;

/**
 * Gives memory back to the system when a burst of work is over. V8 by itself keeps what its heap once grew to,
 * for work that may never come again. Hears of V8's own collections, and so does nothing where nothing happens.
 */
export function returnMemoryWhenQuiet(clock: Clock): Disposable {
  const collect = fullCollection();
  let kept = 0;
  let lastCollection = clock.monotonic();
  let timer: Disposable | undefined;
  const waitFor = (delayMs: number): void => {
    timer = clock.after(delayMs, () => {
      timer = undefined;
      const left = lastCollection + QUIET_MS - clock.monotonic();
      if (left > 0) waitFor(left);
      else if (heapBytes() - kept >= WORTHWHILE_BYTES) {
        collect();
        kept = heapBytes();
      }
    });
  };
  const observer = new PerformanceObserver(() => {
    lastCollection = clock.monotonic();
    if (!timer) waitFor(QUIET_MS);
  });
  observer.observe({ entryTypes: ['gc'] });
  // What was needed only to start.
  waitFor(QUIET_MS);
  return {
    [Symbol.dispose]: () => {
      observer.disconnect();
      timer?.[Symbol.dispose]();
    },
  };
}

function heapBytes(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Only a collection of last resort returns the pages that V8 keeps in reserve. */
function fullCollection(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  setFlagsFromString('--no-expose-gc');
  // V8's own would collect once more eight seconds after each of these, and find nothing.
  setFlagsFromString('--memory-reducer-gc-count=0');
  return () => gc({ type: 'major', flavor: 'last-resort' });
}
