import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { COMPACTION_INTERVAL_MS, compactRegularly } from './compaction.ts';
import { MemoryStore } from './memory/memory-store.ts';

describe('regular compaction', () => {
  const setUp = (): { clock: VirtualClock; store: MemoryStore; put: () => Promise<unknown> } => {
    const clock = new VirtualClock();
    const store = new MemoryStore(clock);
    return { clock, store, put: () => store.write({ key: '/a', value: Buffer.from('1') }) };
  };
  const fail = (error: unknown): never => {
    throw error;
  };

  it('forgets every five minutes what was replaced before the time before', async () => {
    const { clock, store, put } = setUp();
    using _compaction = compactRegularly(store, clock, fail);
    await put();
    await put();
    await clock.advance(COMPACTION_INTERVAL_MS);
    expect(store.compactedRevision).toBe(0);
    await put();
    await clock.advance(COMPACTION_INTERVAL_MS);
    expect(store.compactedRevision).toBe(2);
    await clock.advance(COMPACTION_INTERVAL_MS);
    expect(store.compactedRevision).toBe(3);
  });

  it('sleeps while nothing is written, and ends', async () => {
    const { clock, store, put } = setUp();
    const compaction = compactRegularly(store, clock, fail);
    expect(clock.pending).toBe(0);
    await put();
    expect(clock.pending).toBe(1);
    await clock.advance(2 * COMPACTION_INTERVAL_MS);
    expect(clock.pending).toBe(0);
    await put();
    compaction[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it('tells of a failure and tries again the next time', async () => {
    const { clock, store, put } = setUp();
    const failures: unknown[] = [];
    const compact = store.compact.bind(store);
    let works = false;
    store.compact = (revision) => (works ? compact(revision) : Promise.reject(new Error('the disk is full')));
    using _compaction = compactRegularly(store, clock, (error) => failures.push(error));
    await put();
    await clock.advance(2 * COMPACTION_INTERVAL_MS);
    expect(failures).toHaveLength(1);
    works = true;
    await put();
    await clock.advance(2 * COMPACTION_INTERVAL_MS);
    expect(store.compactedRevision).toBe(2);
  });
});
