import type { Page, WebSocket } from 'playwright-core';

/** Listens on the window's connection for news of a creation, to know how long it was ever silent. */
export class ProgressWatch {
  readonly #times: number[] = [];

  constructor(page: Page) {
    const listen = (socket: WebSocket): void => {
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"kind":"create","state":"running"')) this.#times.push(performance.now());
      });
    };
    page.on('websocket', listen);
  }

  longestSilenceMs(): number {
    let longest = 0;
    for (let index = 1; index < this.#times.length; index++) {
      longest = Math.max(longest, this.#times[index]! - this.#times[index - 1]!);
    }
    return this.#times.length > 0 ? longest : Number.NaN;
  }
}
