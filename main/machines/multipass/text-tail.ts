/** The end of a text that may be endless: never more than twice `limit` characters are kept. */
export class TextTail {
  readonly #limit: number;
  #text = '';
  #overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(text: string): void {
    this.#text += text;
    if (this.#text.length <= 2 * this.#limit) return;
    this.#text = this.#text.slice(-this.#limit);
    this.#overflowed = true;
  }

  get text(): string {
    return this.#text;
  }

  /** Whether the beginning was dropped. */
  get overflowed(): boolean {
    return this.#overflowed;
  }
}
