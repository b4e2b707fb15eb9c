/** Asks the user; false means to stay. */
export type AskToQuit = () => Promise<boolean>;

/**
 * The way out of the app. The user is asked once, whatever brings it about, and everything is closed
 * before the process ends.
 */
export class Quitting {
  readonly #ask: AskToQuit;
  readonly #shutDown: () => Promise<void>;
  readonly #exit: (code: number) => void;
  #asking = false;
  #leaving = false;

  constructor(ask: AskToQuit, shutDown: () => Promise<void>, exit: (code: number) => void) {
    this.#ask = ask;
    this.#shutDown = shutDown;
    this.#exit = exit;
  }

  /** For `before-quit`: nothing ends by itself. */
  onBeforeQuit(event: { preventDefault(): void }): void {
    event.preventDefault();
    void this.#askAndLeave();
  }

  /** Ends without asking, as a signal of the system wants it. */
  async leave(): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    try {
      await this.#shutDown();
      this.#exit(0);
    } catch {
      // What could not be closed ends with the process.
      this.#exit(1);
    }
  }

  async #askAndLeave(): Promise<void> {
    if (this.#asking || this.#leaving) return;
    this.#asking = true;
    try {
      if (await this.#ask()) await this.leave();
    } finally {
      this.#asking = false;
    }
  }
}
