import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { Backoff } from '#common/client/backoff.ts';
import type { RequestFrame, Transport } from '#common/contract/frames.ts';

export interface WebSocketTransportOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Told when a connection could not be made, which a session that is gone can be the reason for. */
  readonly refused: () => void;
}

/** Frames over a WebSocket that is opened again, at growing intervals, whenever it is lost. */
export class WebSocketTransport implements Transport {
  readonly #options: WebSocketTransportOptions;
  readonly #backoff: Backoff;
  #socket: WebSocket | undefined;
  #retry: Disposable | undefined;

  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ firstMs: 250, maximumMs: 5_000, jitter: 0.3 }, options.random);
  }

  /** Frames that are sent while there is no connection are dropped: the listener was told that it is lost. */
  send(frame: RequestFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  listen(listener: Parameters<Transport['listen']>[0]): void {
    this.#connect(listener);
    // A laptop that wakes, or a network that returns, is no reason to sit out the interval.
    const now = (): void => {
      if (!this.#retry || document.hidden) return;
      this.#retry[Symbol.dispose]();
      this.#connect(listener);
    };
    document.addEventListener('visibilitychange', now);
    window.addEventListener('online', now);
  }

  #connect(listener: Parameters<Transport['listen']>[0]): void {
    this.#retry = undefined;
    let opened = false;
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      opened = true;
      this.#backoff.reset();
      listener.connected();
    });
    socket.addEventListener('message', ({ data }) => listener.frame(String(data)));
    // A socket that fails is closed too, so that one event tells of every end.
    socket.addEventListener('close', () => {
      if (opened) listener.lost();
      else this.#options.refused();
      this.#retry = this.#options.clock.after(this.#backoff.nextMs(), () => this.#connect(listener));
    });
  }
}
