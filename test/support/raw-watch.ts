import type { IncomingMessage } from 'node:http';
import { lines } from '#common/client/https/lines.ts';
import type { RawObject } from './raw-http.ts';

export interface RawEvent {
  readonly type: string;
  readonly object: RawObject & Required<Pick<RawObject, 'kind' | 'metadata'>>;
}

/** A watch, read event by event. */
export class RawWatch implements AsyncIterable<RawEvent>, Disposable {
  readonly #answer: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.#lines = lines(answer as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** The next event, as soon as there is one. Rejects when the watch ends before. */
  async next(): Promise<RawEvent> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('The watch has ended');
    return JSON.parse(line.value) as RawEvent;
  }

  async take(count: number): Promise<RawEvent[]> {
    const events: RawEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** All events from here on, until the server ends the watch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RawEvent> {
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next()) {
      yield JSON.parse(line.value) as RawEvent;
    }
  }

  [Symbol.dispose](): void {
    this.#answer.destroy();
  }
}
