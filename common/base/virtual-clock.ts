import type { Clock } from './clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that moves only when told to: the time of tests and simulations. */
export class VirtualClock implements Clock {
  #elapsed = 0;
  #wallOffset: number;
  #order = 0;
  readonly #alarms = new Set<Alarm>();

  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#wallOffset = startMs;
  }

  now(): number {
    return this.#wallOffset + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, task: () => void): Disposable {
    const alarm: Alarm = { at: this.#elapsed + Math.max(0, delayMs), order: this.#order++, task };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => void this.#alarms.delete(alarm) };
  }

  /** How many alarms are still to ring. */
  get pending(): number {
    return this.#alarms.size;
  }

  /** Moves the wall clock without letting time pass, as a resumed laptop or an NTP step does. */
  jumpWall(byMs: number): void {
    this.#wallOffset += byMs;
  }

  /** Lets `byMs` pass, ringing alarms in order and letting promises settle after each. */
  async advance(byMs: number): Promise<void> {
    const end = this.#elapsed + byMs;
    await settle();
    for (let next = this.#earliest(end); next; next = this.#earliest(end)) {
      this.#alarms.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.task();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }

  #earliest(limit: number): Alarm | undefined {
    let best: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at > limit) continue;
      if (!best || alarm.at < best.at || (alarm.at === best.at && alarm.order < best.order)) best = alarm;
    }
    return best;
  }
}

/** Gives promise chains and immediates that are ready a chance to run to their next wait. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
