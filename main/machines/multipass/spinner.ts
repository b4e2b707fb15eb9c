import type { Progress } from '../provider.ts';

/** Longer than any message, so that a flood without a line end is not kept. */
const LONGEST_LINE = 400;
// eslint's no-control-regex is about typing errors; terminals are controlled by these very characters.
const ESCAPE = String.fromCharCode(27);
const BACKSPACE = '\b';

/**
 * Reads what the client paints on its standard output while it works: a message and a turning bar, painted
 * over with control sequences even where there is no terminal. Tells each message once.
 */
export class SpinnerReader {
  readonly #report: (progress: Progress) => void;
  #line = '';
  #sequence: string | undefined;
  #told = '';

  constructor(report: (progress: Progress) => void) {
    this.#report = report;
  }

  read(chunk: string): void {
    for (const character of chunk) this.#take(character);
    this.#tell();
  }

  #take(character: string): void {
    if (this.#sequence !== undefined) {
      this.#sequence += character;
      // A control sequence ends with a letter (ECMA-48, section 5.4): each of those used clears or moves.
      if (/[A-Za-z]/.test(character) || this.#sequence.length > 16) {
        this.#sequence = undefined;
        this.#endLine();
      }
      return;
    }
    if (character === ESCAPE) this.#sequence = '';
    else if (character === BACKSPACE) this.#line = this.#line.slice(0, -1);
    else if (character === '\r' || character === '\n') this.#endLine();
    else if (this.#line.length < LONGEST_LINE) this.#line += character;
  }

  #endLine(): void {
    this.#tell();
    this.#line = '';
  }

  #tell(): void {
    // The bar stands two places after the message.
    const line = this.#line.replace(/ {2}[|/\\-]?$/, '').trim();
    if (line === '' || line === this.#told || /^[|/\\-]$/.test(line)) return;
    this.#told = line;
    const percent = /^(?:Retrieving|Verifying|Extracting|Preparing) image\b.*?(\d{1,3})%/.exec(line)?.[1];
    this.#report(percent === undefined ? { line } : { line, fraction: Math.min(1, Number(percent) / 100) });
  }
}
