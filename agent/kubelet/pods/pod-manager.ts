import { isDeepStrictEqual } from 'node:util';
import { isAborted, unlessAborted } from '#common/base/abort.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import type { Client } from '#common/client/client.ts';
import type { Change, Informer } from '#common/client/informer.ts';
import { WorkQueue } from '#common/client/work-queue.ts';
import type { Pod } from '#common/kube/resources.ts';
import type { EventRecorder } from '#common/client/event-recorder.ts';
import type { RuntimeMonitor } from '../runtime/monitor.ts';
import { Exits } from './exits.ts';
import { removeLeftovers } from './leftovers.ts';
import { summarizePods } from './observed-pod.ts';
import { PodEntry } from './pod-entry.ts';
import { PodLifecycle } from './pod-lifecycle.ts';
import { isTerminal, podIdentity, type StoredPod } from './pod.ts';
import { PodStatusWriter } from './status/status-writer.ts';
import type { PodSyncParts } from './sync-parts.ts';

/** What events did not tell is found after this long. */
const RELIST_MS = 30_000;
const RETRY_MS = 10_000;

export interface PodManagerOptions {
  readonly client: Client;
  /** The pods that are bound to this node. */
  readonly informer: Informer<Pod>;
  readonly monitor: RuntimeMonitor;
  readonly recorder: EventRecorder;
  /** Told when a pod comes or goes, with all that are there. */
  readonly onPodsChanged: (pods: readonly StoredPod[]) => void;
}

/**
 * Runs the pods of this node: one worker at a time for each, woken by the API, by the runtime's events, by
 * changed ConfigMaps and by time.
 */
export class PodManager {
  readonly #parts: PodSyncParts;
  readonly #options: PodManagerOptions;
  readonly #writer: PodStatusWriter;
  readonly #lifecycle: PodLifecycle;
  readonly #queue: WorkQueue<string>;
  readonly #entries = new Map<string, PodEntry>();
  readonly #exits = new Exits();

  constructor(parts: PodSyncParts, options: PodManagerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#queue = new WorkQueue(parts.context.clock, parts.context.log, RETRY_MS);
    this.#writer = new PodStatusWriter(options.client, parts.context, {
      newest: (uid) => this.#entries.get(uid)?.pod,
      written: (pod) => this.#written(pod),
    });
    this.#lifecycle = new PodLifecycle(parts, {
      client: options.client,
      recorder: options.recorder,
      writer: this.#writer,
      exits: this.#exits,
      admitted: () =>
        [...this.#entries.values()].flatMap(({ admitted, gone, pod }) =>
          admitted && !gone && pod && !isTerminal(pod.status?.phase) ? [pod] : [],
        ),
    });
  }

  /** The pods of this node, as the API has them and with the newest statuses. */
  list(): StoredPod[] {
    return [...this.#entries.values()].flatMap(({ pod, gone }) => (pod && !gone ? [pod] : []));
  }

  /** Looks at the pod again, as soon as its worker is free. */
  wake(uid: string): void {
    if (this.#entries.has(uid)) this.#queue.add(uid);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { informer, monitor } = this.#options;
    using _changes = informer.subscribe((change) => this.#changed(change));
    using _runtime = monitor.subscribe({
      exited: (containerId) => this.#exited(containerId),
      connected: () => {
        for (const uid of this.#entries.keys()) this.#queue.add(uid);
      },
    });
    const stop = (): void => {
      for (const entry of this.#entries.values()) entry.interrupt();
    };
    signal.addEventListener('abort', stop, { once: true });
    // Every pod has a worker to itself: one that takes long to end holds nobody up.
    const workers = 2 * Math.max(1, Number(this.#parts.node.allocatable['pods'] ?? 110));
    await Promise.all([
      this.#queue.process(workers, (uid) => this.#work(uid, signal), signal),
      this.#writer.run(signal),
      this.#relist(signal),
    ]);
    signal.removeEventListener('abort', stop);
  }

  #changed({ previous, current }: Change<Pod>): void {
    const { uid } = (current ?? previous)?.metadata ?? { uid: '' };
    const entry = this.#entries.get(uid);
    if (!current) {
      if (!entry || !previous) return;
      entry.vanish(previous);
      this.#writer.forget(uid);
    } else if (!entry) this.#add(new PodEntry(podIdentity(current), current));
    // What the status writer was answered with comes back as an event: it says nothing new.
    else if (!entry.accept(current)) return;
    this.#queue.add(uid);
  }

  #written(pod: StoredPod): void {
    const entry = this.#entries.get(pod.metadata.uid);
    const before = entry?.pod;
    // The answer may be the first to tell of a change that is not ours.
    if (entry?.accept(pod) && before && wantsAnotherLook(before, pod)) this.#queue.add(pod.metadata.uid);
  }

  #exited(containerId: string): void {
    this.#exits.add(containerId);
    for (const [uid, entry] of this.#entries) if (entry.owns(containerId)) this.#queue.add(uid);
  }

  #add(entry: PodEntry): void {
    this.#entries.set(entry.identity.uid, entry);
    this.#options.onPodsChanged(this.list());
  }

  async #work(uid: string, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(uid);
    // When the runtime is back, all pods are looked at.
    if (!entry || isAborted(signal) || !this.#options.monitor.isConnected) return;
    const interrupted = entry.signal;
    try {
      const { over, lookAgainMs } = await this.#lifecycle.advance(entry);
      if (over) {
        this.#entries.delete(uid);
        this.#options.onPodsChanged(this.list());
      } else if (lookAgainMs !== undefined) this.#queue.addAfter(uid, lookAgainMs);
    } catch (error) {
      if (isAborted(interrupted)) {
        this.#queue.add(uid);
        return;
      }
      const { namespace, name } = entry.identity;
      this.#parts.context.log.warn('the pod could not be synced', {
        pod: `${namespace}/${name}`,
        error: describeError(error),
      });
      throw error;
    }
  }

  /** Finds what events did not tell: other states than those remembered, and pods that nobody wants any more. */
  async #relist(signal: AbortSignal): Promise<void> {
    const { informer } = this.#options;
    const { clock, log } = this.#parts.context;
    await unlessAborted(informer.synced, signal).catch(() => undefined);
    let cleaned = false;
    while (!isAborted(signal)) {
      try {
        const found = await summarizePods(this.#parts.runtime);
        for (const [uid, { pod, digest }] of found) {
          const entry = this.#entries.get(uid);
          if (!entry) this.#add(new PodEntry(pod, undefined));
          if (entry?.digest !== digest) this.#queue.add(uid);
        }
        for (const [uid, { digest }] of this.#entries) if (digest !== '' && !found.has(uid)) this.#queue.add(uid);
        if (!cleaned) await removeLeftovers(this.#parts, (uid) => this.#entries.has(uid));
        cleaned = true;
      } catch (error) {
        log.debug('the runtime could not be listed', { error: describeError(error) });
      }
      await sleep(clock, cleaned ? RELIST_MS : 1000, signal).catch(() => undefined);
    }
  }
}

function wantsAnotherLook(before: StoredPod, after: StoredPod): boolean {
  return (
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.deletionGracePeriodSeconds !== after.metadata.deletionGracePeriodSeconds ||
    isTerminal(before.status?.phase) !== isTerminal(after.status?.phase) ||
    !isDeepStrictEqual(before.spec, after.spec)
  );
}
