import type { RequestFrame, Transport } from '#common/contract/frames.ts';
import type { Bridge } from './bridge.ts';

/** Frames over Electron IPC. The main process is always there: without it there is no window either. */
export class ElectronTransport implements Transport {
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  send(frame: RequestFrame): void {
    this.#bridge.post(JSON.stringify(frame));
  }

  listen(listener: Parameters<Transport['listen']>[0]): void {
    this.#bridge.listen((frame) => listener.frame(frame));
    listener.connected();
  }
}
