import { describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

/** A queue whose keys wait, once taken, until they are let go. */
class Bench implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly queue: WorkQueue<string>;
  readonly started: string[] = [];
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  readonly #abort = new AbortController();
  readonly #processing: Promise<void>;

  constructor(workers: number, maximumRetryMs?: number) {
    this.queue = new WorkQueue(this.clock, silentLog, maximumRetryMs);
    this.#processing = this.queue.process(
      workers,
      (key) => {
        this.started.push(key);
        const held = Promise.withResolvers<void>();
        this.#held.set(key, held);
        return held.promise;
      },
      this.#abort.signal,
    );
  }

  async add(...keys: string[]): Promise<void> {
    for (const key of keys) this.queue.add(key);
    await this.clock.advance(0);
  }

  async finish(key: string): Promise<void> {
    this.#held.get(key)!.resolve();
    await this.clock.advance(0);
  }

  async fail(key: string): Promise<void> {
    this.#held.get(key)!.reject(new Error('not yet'));
    await this.clock.advance(0);
  }

  abort(): void {
    this.#abort.abort();
  }

  get done(): Promise<void> {
    return this.#processing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    for (const held of this.#held.values()) held.resolve();
    await this.#processing;
    expect(this.clock.pending).toBe(0);
  }
}

describe('a work queue', () => {
  it('holds a key once while it waits', async () => {
    await using bench = new Bench(1);
    await bench.add('a', 'b', 'b', 'a', 'c');
    expect(bench.started).toEqual(['a']);
    // `a` was added again before a worker came for it.
    expect(bench.queue.depth).toBe(2);
    await bench.finish('a');
    await bench.finish('b');
    await bench.finish('c');
    expect(bench.started).toEqual(['a', 'b', 'c']);
  });

  it('never gives a key to two workers, and works on it once more when it was added meanwhile', async () => {
    await using bench = new Bench(3);
    await bench.add('a');
    await bench.add('a', 'a');
    expect(bench.started).toEqual(['a']);
    await bench.finish('a');
    expect(bench.started).toEqual(['a', 'a']);
    await bench.finish('a');
    expect(bench.started).toEqual(['a', 'a']);
  });

  it('works on so many keys at once as it has workers', async () => {
    await using bench = new Bench(2);
    await bench.add('a', 'b', 'c');
    expect(bench.started).toEqual(['a', 'b']);
    await bench.finish('b');
    expect(bench.started).toEqual(['a', 'b', 'c']);
  });

  it('adds after a delay; the earlier due time of a key wins', async () => {
    await using bench = new Bench(2);
    bench.queue.addAfter('a', 1000);
    bench.queue.addAfter('a', 5000);
    bench.queue.addAfter('b', 5000);
    bench.queue.addAfter('b', 2000);
    bench.queue.addAfter('c', 0);
    await bench.clock.advance(999);
    expect(bench.started).toEqual(['c']);
    await bench.finish('c');
    await bench.clock.advance(1);
    expect(bench.started).toEqual(['c', 'a']);
    await bench.finish('a');
    await bench.clock.advance(1000);
    expect(bench.started).toEqual(['c', 'a', 'b']);
    await bench.finish('b');
    await bench.clock.advance(60_000);
    expect(bench.started).toEqual(['c', 'a', 'b']);
  });

  it('comes back to failures with doubling delays, which end with a success', async () => {
    await using bench = new Bench(1);
    await bench.add('a');
    for (const [index, delay] of [5, 10, 20, 40].entries()) {
      await bench.fail('a');
      expect(bench.queue.failures('a')).toBe(index + 1);
      await bench.clock.advance(delay - 1);
      expect(bench.started).toHaveLength(index + 1);
      await bench.clock.advance(1);
      expect(bench.started).toHaveLength(index + 2);
    }
    await bench.finish('a');
    expect(bench.queue.failures('a')).toBe(0);
    await bench.add('a');
    await bench.fail('a');
    await bench.clock.advance(5);
    expect(bench.started).toHaveLength(7);
  });

  it('bounds the delay after failures', async () => {
    await using bench = new Bench(1, 15);
    await bench.add('a');
    for (let failure = 0; failure < 100; failure++) {
      await bench.fail('a');
      await bench.clock.advance(15);
    }
    expect(bench.started).toHaveLength(101);
  });

  it('goes on with other keys while one fails', async () => {
    await using bench = new Bench(1);
    await bench.add('a', 'b');
    await bench.fail('a');
    expect(bench.started).toEqual(['a', 'b']);
  });

  it('ends when its workers have finished, takes no further key and leaves no timer', async () => {
    await using bench = new Bench(2);
    await bench.add('a', 'b', 'c');
    bench.queue.addAfter('d', 1000);
    let ended = false;
    void bench.done.then(() => (ended = true));
    bench.abort();
    await bench.finish('a');
    expect(ended).toBe(false);
    await bench.fail('b');
    expect(ended).toBe(true);
    bench.queue.addAfter('e', 1000);
    expect(bench.clock.pending).toBe(0);
    expect(bench.started).toEqual(['a', 'b']);
  });

  it('does nothing when it is stopped before it began', async () => {
    const clock = new VirtualClock();
    const queue = new WorkQueue<string>(clock, silentLog);
    queue.add('a');
    queue.addAfter('b', 1000);
    await queue.process(1, () => Promise.reject(new Error('called')), AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });
});
