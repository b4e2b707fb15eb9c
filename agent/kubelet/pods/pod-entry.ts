import type { PodIdentity } from './labels.ts';
import { digestOf, type ObservedPod } from './observed-pod.ts';
import { gracePeriodSeconds, type StoredPod } from './pod.ts';
import type { Waiting } from './status/container-status.ts';

/** What the agent remembers of a pod between two looks at it; all of it can be found out again. */
export class PodEntry {
  readonly identity: PodIdentity;
  /** The newest version that is known; nothing for a pod that only the runtime knows. */
  pod: StoredPod | undefined;
  /** The API has it no more. */
  gone: boolean;
  /** The node has taken it: it is not judged again. */
  admitted = false;
  /** When the agent first saw the pod, until the API has it. */
  startTime: string | undefined;
  waiting: ReadonlyMap<string, Waiting> = new Map();
  /** What ended containers left to say, by container id. */
  readonly messages = new Map<string, string>();
  #digest = '';
  #ids: readonly string[] = [];
  #interrupt = new AbortController();
  #graceSeconds: number | undefined;

  constructor(identity: PodIdentity, pod: StoredPod | undefined) {
    this.identity = identity;
    this.pod = pod;
    this.gone = pod === undefined;
  }

  /** Aborts when what is being done for the pod is no longer what has to be done. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** What the runtime was last seen to hold of the pod, as `summarizePods` digests it. */
  get digest(): string {
    return this.#digest;
  }

  remember(observed: ObservedPod): void {
    this.#digest = digestOf(observed);
    this.#ids = [...observed.sandboxes, ...observed.containers].map(({ id }) => id);
    for (const id of this.messages.keys()) if (!this.#ids.includes(id)) this.messages.delete(id);
  }

  owns(containerId: string): boolean {
    return this.#ids.includes(containerId);
  }

  /** Takes a later version of the pod; false when it is none. */
  accept(pod: StoredPod): boolean {
    if (this.pod && !isNewer(pod, this.pod)) return false;
    this.pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#endSooner(pod);
    return true;
  }

  /** The API has removed the pod; `last` is its last version. */
  vanish(last: StoredPod): void {
    this.pod = last;
    this.gone = true;
    this.#endSooner(last);
  }

  interrupt(): void {
    this.#interrupt.abort(new DOMException('Something else has to be done for the pod', 'AbortError'));
    this.#interrupt = new AbortController();
  }

  /** Interrupts when the pod is to end, or to end sooner than what is being waited for. */
  #endSooner(pod: StoredPod): void {
    const wanted = gracePeriodSeconds(pod);
    if (this.#graceSeconds !== undefined && wanted >= this.#graceSeconds) return;
    this.#graceSeconds = wanted;
    this.interrupt();
  }
}

/** Versions are numbers that grow (KEP-5504). */
function isNewer(candidate: StoredPod, held: StoredPod): boolean {
  return BigInt(candidate.metadata.resourceVersion) > BigInt(held.metadata.resourceVersion);
}
