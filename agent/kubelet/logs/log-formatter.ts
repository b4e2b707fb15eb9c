import { parseLogLine, type LogLine } from './cri-log.ts';
import type { LogOptions } from './log-options.ts';

/**
 * Turns lines of a CRI log file into what a reader asked for: the parts of one line joined, old lines left
 * out, times put in front. Texts are latin1: every byte of the file is one character.
 */
export class LogFormatter {
  readonly #options: LogOptions;
  readonly #since: string;
  #left: number;
  /** A line of each stream that is not yet whole, whose first part decided whether it is shown. */
  readonly #open = new Map<LogLine['stream'], { readonly shown: boolean }>();

  /** `now` is in milliseconds; it gives sinceSeconds its meaning. */
  constructor(options: LogOptions, now: number) {
    this.#options = options;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.#since = sinceText(options, now);
  }

  /** The reader has all that it wanted. */
  get isFull(): boolean {
    return this.#left <= 0;
  }

  format(line: string): string {
    const parsed = parseLogLine(line);
    if (!parsed) return '';
    const first = !this.#open.has(parsed.stream);
    const shown = this.#open.get(parsed.stream)?.shown ?? this.#isWanted(parsed);
    if (parsed.partial) this.#open.set(parsed.stream, { shown });
    else this.#open.delete(parsed.stream);
    if (!shown) return '';
    const time = first && this.#options.timestamps ? `${parsed.time} ` : '';
    const text = `${time}${parsed.text}${parsed.partial ? '' : '\n'}`.slice(0, Math.max(0, this.#left));
    this.#left -= text.length;
    return text;
  }

  #isWanted({ time, stream }: LogLine): boolean {
    if (this.#options.stream !== 'All' && this.#options.stream.toLowerCase() !== stream) return false;
    return this.#since === '' || comparable(time) >= this.#since;
  }
}

function sinceText({ sinceSeconds, sinceTime }: LogOptions, now: number): string {
  if (sinceSeconds !== undefined) return comparable(new Date(now - sinceSeconds * 1000).toISOString());
  return sinceTime === undefined ? '' : comparable(sinceTime);
}

/** A time as a text that sorts, with nanoseconds. */
function comparable(time: string): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0').slice(0, 9)}`;
}
