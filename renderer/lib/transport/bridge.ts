/** What the preload script puts on `window` inside Electron: frames as text, and nothing else. */
export interface Bridge {
  post(frame: string): void;
  /** Only one listener: the transport. */
  listen(listener: (frame: string) => void): void;
}

declare global {
  interface Window {
    readonly pilothouse?: Bridge;
  }
}
