/** What the story measures, beside what it should take. Printed, never asserted: machines differ. */
export class Figures {
  readonly #rows: { name: string; ms: number; targetMs: number }[] = [];

  add(name: string, ms: number, targetMs: number): void {
    this.#rows.push({ name, ms, targetMs });
  }

  print(): void {
    const width = Math.max(...this.#rows.map(({ name }) => name.length));
    const lines = this.#rows.map(({ name, ms, targetMs }) => {
      const verdict = ms <= targetMs ? '' : '   over';
      return `  ${name.padEnd(width)}  ${seconds(ms)}  of at most ${seconds(targetMs)}${verdict}`;
    });
    console.log(['Figures:', ...lines].join('\n'));
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`.padStart(9);
}
