import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { returnMemoryWhenQuiet } from './memory-return.ts';

/** As much as makes a collection worthwhile. */
const large = (): Buffer => Buffer.alloc(64 * 1024 * 1024);
const forgotten = (): WeakRef<Buffer> => new WeakRef(large());

it('collects what nobody holds once it is quiet, and leaves no timer behind', async () => {
  const clock = new VirtualClock();
  const kept = large();
  const gone = forgotten();
  {
    using _memory = returnMemoryWhenQuiet(clock);
    expect(clock.pending).toBe(1);
    // What a WeakRef was made for lives on until the turn is over.
    await nextTurn();
    await clock.advance(3000);
    expect(gone.deref()).toBeUndefined();
    expect(kept).toHaveLength(64 * 1024 * 1024);
  }
  expect(clock.pending).toBe(0);
});
