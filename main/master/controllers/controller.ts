import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import type { EventRecorder } from '#common/client/event-recorder.ts';
import type { Informer } from '#common/client/informer.ts';
import type { Informers } from '#common/client/informers.ts';
import { WorkQueue } from '#common/client/work-queue.ts';

/** What a controller works with. Its client acts as the controller's own service account. */
export interface ControllerContext {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * A controller, level-driven: informers say which keys to look at, and `reconcile` makes what is into
 * what should be, from what is there at that moment. One folder each.
 */
export interface Controller<Key extends string = string> {
  /** Wait for these before the first key. */
  readonly informers: readonly Pick<Informer<never>, 'synced'>[];
  readonly workers: number;
  reconcile(key: Key, signal: AbortSignal): Promise<void>;
}

/** Runs a controller in the scope: `build` subscribes to informers and gives back how to reconcile. */
export function runController<Key extends string, C extends Controller<Key> = Controller<Key>>(
  name: string,
  context: ControllerContext,
  scope: Scope,
  build: (queue: WorkQueue<Key>) => C,
): C {
  const queue = new WorkQueue<Key>(context.clock, context.log.with({ controller: name }));
  const controller = build(queue);
  scope.run(`controller ${name}`, async (signal) => {
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(controller.informers.map(({ synced }) => synced)), aborted]);
    if (signal.aborted) return;
    await queue.process(controller.workers, (key, stop) => controller.reconcile(key, stop), signal);
  });
  return controller;
}
