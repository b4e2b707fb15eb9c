const REMEMBERED = 256;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 5000;

/**
 * Containers that the runtime's events told to have ended. The runtime's own lists follow a little later:
 * until they do, the pod has to be looked at again.
 */
export class Exits {
  readonly #looks = new Map<string, number>();

  add(containerId: string): void {
    this.#looks.set(containerId, 0);
    if (this.#looks.size > REMEMBERED) this.#looks.delete(this.#looks.keys().next().value!);
  }

  /** When to look again, if one of these has ended though it is still listed as running. */
  nextLookMs(running: readonly string[]): number | undefined {
    const pending = running.filter((id) => this.#looks.has(id));
    if (pending.length === 0) return undefined;
    const looks = Math.max(...pending.map((id) => this.#looks.get(id) ?? 0));
    for (const id of pending) this.#looks.set(id, looks + 1);
    return Math.min(LAST_LOOK_MS, FIRST_LOOK_MS * 2 ** looks);
  }
}
