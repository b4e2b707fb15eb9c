/** The kubelet's container back-off: 10 s doubling to 5 min, forgotten after a run of twice that. */
const FIRST_MS = 10_000;
const MAXIMUM_MS = 300_000;

interface Entry {
  readonly backoffMs: number;
  readonly startedAt: number;
}

/** Remembers how long containers that keep ending must wait, by pod and container (client-go's flowcontrol.Backoff). */
export class CrashLoops {
  readonly #entries = new Map<string, Map<string, Entry>>();

  /** Milliseconds that the container has still to wait, and the whole delay; nothing when it may start. */
  waiting(
    uid: string,
    container: string,
    finishedAt: number,
    now: number,
  ): { readonly leftMs: number; readonly delayMs: number } | undefined {
    const entry = this.#entries.get(uid)?.get(container);
    if (!entry || finishedAt - entry.startedAt > 2 * MAXIMUM_MS) return undefined;
    const leftMs = finishedAt + entry.backoffMs - now;
    return leftMs > 0 ? { leftMs, delayMs: entry.backoffMs } : undefined;
  }

  /** A container that ended at `finishedAt` is started again. */
  started(uid: string, container: string, finishedAt: number, now: number): void {
    const pod = this.#entries.get(uid) ?? new Map<string, Entry>();
    const before = pod.get(container);
    const fresh = !before || finishedAt - before.startedAt > 2 * MAXIMUM_MS;
    pod.set(container, { backoffMs: fresh ? FIRST_MS : Math.min(MAXIMUM_MS, before.backoffMs * 2), startedAt: now });
    this.#entries.set(uid, pod);
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }
}

/** `10s`, `2m40s`: a duration as Go prints it. */
export function durationText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
