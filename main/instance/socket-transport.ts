import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { RequestFrame, Transport } from '#common/contract/frames.ts';

/** Frames over a local socket, for as long as it stands: what commands speak with the app. */
export class SocketTransport implements Transport, Disposable {
  readonly #socket: Socket;

  /** `socket` is connected. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(frame: RequestFrame): void {
    this.#socket.write(`${JSON.stringify(frame)}\n`);
  }

  listen(listener: Parameters<Transport['listen']>[0]): void {
    createInterface({ input: this.#socket }).on('line', (line) => listener.frame(line));
    this.#socket.once('close', () => listener.lost());
    // What is wrong with the socket ends it, and its end is told.
    this.#socket.on('error', () => undefined);
    listener.connected();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
