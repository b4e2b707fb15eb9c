import type { AgentContext } from '../../../base/context.ts';
import type { Client } from '#common/client/client.ts';
import { WorkQueue } from '#common/client/work-queue.ts';
import { pods } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import type { StoredPod } from '../pod.ts';
import type { KubeletPodStatus } from './pod-status.ts';
import { statusPatch } from './status-patch.ts';

const RETRY_MS = 5000;
const WORKERS = 4;

export interface StatusWriterEvents {
  /** The newest state of the pod that is known; nothing when it is gone. */
  newest(uid: string): StoredPod | undefined;
  /** The API has taken a status and answers with this pod. */
  written(pod: StoredPod): void;
}

/** Writes pod statuses to the API: per pod one at a time and the newest only, until each is written. */
export class PodStatusWriter {
  readonly #client: Client;
  readonly #events: StatusWriterEvents;
  readonly #queue: WorkQueue<string>;
  readonly #wanted = new Map<string, KubeletPodStatus>();
  readonly #flushes = new Map<string, (() => void)[]>();

  constructor(client: Client, context: AgentContext, events: StatusWriterEvents) {
    this.#client = client;
    this.#events = events;
    this.#queue = new WorkQueue(context.clock, context.log.with({ writer: 'pod status' }), RETRY_MS);
  }

  set(uid: string, status: KubeletPodStatus): void {
    this.#wanted.set(uid, status);
    this.#queue.add(uid);
  }

  /** Resolves when the newest status of the pod is written, or the pod is gone; rejects when the signal aborts. */
  async flush(uid: string, signal: AbortSignal): Promise<void> {
    if (!this.#wanted.has(uid)) return;
    const done = Promise.withResolvers<void>();
    const stop = (): void => done.reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#flushes.set(uid, [...(this.#flushes.get(uid) ?? []), done.resolve]);
    try {
      await done.promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** The pod is gone: what was still to be written is of no interest. */
  forget(uid: string): void {
    this.#wanted.delete(uid);
    this.#settle(uid);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#queue.process(WORKERS, (uid) => this.#write(uid), signal);
  }

  async #write(uid: string): Promise<void> {
    const wanted = this.#wanted.get(uid);
    const pod = this.#events.newest(uid);
    if (!wanted || !pod) {
      this.forget(uid);
      return;
    }
    const patch = statusPatch(uid, pod.status, wanted);
    if (patch) {
      try {
        const ref = { name: pod.metadata.name, namespace: pod.metadata.namespace ?? '' };
        this.#events.written(await this.#client.patch(pods, ref, 'strategic', patch, { subresource: 'status' }));
      } catch (error) {
        // Gone, or another pod has its name by now (the patch carries the uid).
        if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
      }
    }
    // A newer one that came in the meantime has its own turn.
    if (this.#wanted.get(uid) === wanted) this.forget(uid);
  }

  #settle(uid: string): void {
    const waiting = this.#flushes.get(uid) ?? [];
    this.#flushes.delete(uid);
    for (const resolve of waiting) resolve();
  }
}
