import { asError } from '#common/base/assert.ts';

/**
 * Does something `count` times in batches of 1, 2, 4, ...: when it is going to fail, it fails once and not
 * a thousand times. Returns how often it succeeded, and the error that ended it.
 */
export async function slowStart(
  count: number,
  act: (index: number) => Promise<void>,
): Promise<{ readonly done: number; readonly error?: Error }> {
  let done = 0;
  for (let batch = 1; done < count; batch *= 2) {
    const size = Math.min(batch, count - done);
    const outcomes = await Promise.allSettled(Array.from({ length: size }, (_, index) => act(done + index)));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    done += size - failed.length;
    if (failed.length > 0) return { done, error: asError(failed[0]!.reason) };
  }
  return { done };
}
