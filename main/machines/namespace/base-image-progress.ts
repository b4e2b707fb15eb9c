import type { Progress } from '../provider.ts';

interface Phase {
  /** What mmdebstrap prints when the phase begins. */
  readonly begins: string;
  readonly from: number;
  readonly to: number;
}

// Shares of the whole as measured, with room for a slower network in the downloads.
const PHASES: readonly Phase[] = [
  { begins: 'running apt-get update', from: 0.01, to: 0.06 },
  { begins: 'downloading packages', from: 0.06, to: 0.14 },
  { begins: 'extracting archives', from: 0.14, to: 0.4 },
  { begins: 'installing essential packages', from: 0.4, to: 0.55 },
  { begins: 'installing remaining packages', from: 0.55, to: 0.97 },
  { begins: 'cleaning package lists', from: 0.97, to: 0.99 },
];

/** Derives how far `mmdebstrap --verbose` is from what it prints, line by line. */
export class BaseImageProgress {
  #phase: Phase = { begins: '', from: 0, to: 0.01 };
  #packages = 0;
  #handled = 0;
  #highest = 0;

  /** Undefined for lines that tell a reader nothing. */
  read(line: string): Progress | undefined {
    const note = /^I: (.*)$/.exec(line)?.[1];
    const phase = note === undefined ? undefined : PHASES.find((candidate) => note.startsWith(candidate.begins));
    if (phase) {
      this.#phase = phase;
      this.#handled = 0;
    }
    const count = /(\d+) newly installed/.exec(line)?.[1];
    if (count !== undefined) this.#packages = Number(count);
    // Each package is fetched, unpacked and set up; a phase that only fetches ends at a third of its share.
    if (/^(Get:\d+|Unpacking|Setting up) /.test(line)) this.#handled++;
    const done = this.#packages === 0 ? 0 : Math.min(1, this.#handled / (this.#packages * 3));
    const { from, to } = this.#phase;
    this.#highest = Math.max(this.#highest, from + (to - from) * done);
    const text = note ?? /^(?:Get:\d+|Unpacking|Setting up|Fetched) .*$/.exec(line)?.[0];
    return text === undefined ? undefined : { fraction: this.#highest, line: text.trim() };
  }
}
