import { createHash } from 'node:crypto';
import { describeError, type Log } from '#common/base/log.ts';
import type { Client } from './client.ts';
import { events, type Event } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import type { Clock } from '#common/base/clock.ts';

export interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  /** `spec.containers{web}` for an event of one container. */
  readonly fieldPath?: string;
}

export type EventType = 'Normal' | 'Warning';

/** Who tells: a component, and the node it runs on where it runs on one. */
export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

export interface RecorderContext {
  readonly clock: Clock;
  readonly log: Log;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  readonly firstTimestamp: string;
  count: number;
}

// As client-go's event correlator: what it remembers, and how much one object may tell.
const REMEMBERED_SERIES = 4096;
const BURST = 25;
const REFILL_MS = 300_000;
const QUEUE_LIMIT = 1000;

const LONGEST_NAME = 253;

/**
 * The object's name and, in hexadecimal, the time in nanoseconds: milliseconds that were measured, and six
 * digits that differ between events of the same moment, whoever tells them.
 */
function eventName(objectName: string, at: number, digest: Buffer): string {
  const suffix = (BigInt(Math.floor(at)) * 1_000_000n + BigInt(digest.readUInt32BE() % 1_000_000)).toString(16);
  return `${objectName.slice(0, LONGEST_NAME - suffix.length - 1).replace(/[-.]+$/, '')}.${suffix}`;
}

/**
 * Tells what happens to objects, as core/v1 Events. The same event again counts up the first one.
 * Recording never waits and never fails: an event that cannot be written is logged and forgotten.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #source: EventSource;
  readonly #context: RecorderContext;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, { tokens: number; at: number }>();
  #queued = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(client: Client, source: EventSource, context: RecorderContext) {
    this.#client = client;
    this.#source = source;
    this.#context = context;
  }

  record(object: InvolvedObject, type: EventType, reason: string, message: string): void {
    if (this.#queued >= QUEUE_LIMIT || !this.#affords(object.uid)) return;
    const at = this.#context.clock.now();
    this.#queued++;
    // One after the other, so that a repetition finds the event that it repeats.
    this.#last = this.#last
      .then(() => this.#write(object, type, reason, message, at))
      .catch((error: unknown) => {
        // A namespace that is being removed takes no events.
        const expected = isStatus(error, 'NotFound') || isStatus(error, 'Forbidden');
        this.#context.log[expected ? 'debug' : 'warn']('an event was not recorded', {
          reason,
          error: describeError(error),
        });
      })
      .finally(() => this.#queued--);
  }

  async #write(object: InvolvedObject, type: EventType, reason: string, message: string, at: number): Promise<void> {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.#source, object.uid, object.fieldPath ?? '', type, reason, message]))
      .digest();
    const key = digest.toString('base64');
    const series = this.#series.get(key);
    if (series && (await this.#countUp(series, at))) {
      this.#remember(key, series);
      return;
    }
    const namespace = object.namespace ?? 'default';
    const name = eventName(object.name, at, digest);
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { ...object },
      reason,
      message,
      type,
      source: { ...this.#source },
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? '',
      firstTimestamp: timeText(at),
      lastTimestamp: timeText(at),
      count: 1,
    };
    await this.#client.create(events, event);
    this.#remember(key, { name, namespace, firstTimestamp: timeText(at), count: 1 });
  }

  /** False when the first event of the series has expired. */
  async #countUp(series: Series, at: number): Promise<boolean> {
    series.count++;
    const patch = { count: series.count, lastTimestamp: timeText(at) };
    try {
      await this.#client.patch(events, series, 'strategic', patch);
      return true;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size > REMEMBERED_SERIES) this.#series.delete(this.#series.keys().next().value!);
  }

  /** A bucket of tokens per object, so that one failing pod does not flood the API. */
  #affords(uid: string): boolean {
    const now = this.#context.clock.monotonic();
    const before = this.#budgets.get(uid) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, before.tokens + (now - before.at) / REFILL_MS);
    this.#budgets.delete(uid);
    this.#budgets.set(uid, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (this.#budgets.size > REMEMBERED_SERIES) this.#budgets.delete(this.#budgets.keys().next().value!);
    return tokens >= 1;
  }
}
