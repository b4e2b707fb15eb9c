const CLEAR = '\u001b[2K\u001b[0A\u001b[0E';
const BARS = ['|', '/', '-', '\\'] as const;

/** Paints on standard output as the client does, whether or not there is a terminal. */
export class SpinnerWriter {
  #message: string | undefined;
  #bar = 0;
  #lastTurn = 0;

  /** To be called often: paints another message at once, and turns the bar every 100 ms. */
  show(message: string): void {
    const now = performance.now();
    if (message !== this.#message) {
      this.stop();
      this.#message = message;
      // Percentages have no bar.
      process.stdout.write(message.includes('%') ? `\r${message}` : `${CLEAR}${message}  `);
    } else if (now - this.#lastTurn >= 100 && !message.includes('%')) {
      process.stdout.write(`\b${BARS[this.#bar++ % BARS.length]!}`);
    } else return;
    this.#lastTurn = now;
  }

  stop(): void {
    if (this.#message !== undefined) process.stdout.write(`\b ${CLEAR}`);
    this.#message = undefined;
  }
}
