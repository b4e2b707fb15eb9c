import { EventEmitter } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import path from 'node:path';
import { closeBrowser, profileDirectory } from './chromium-context.ts';
import { Preventable } from './preventable.ts';

/** `app`, as far as an app needs it that lives in the tray. */
export class App extends EventEmitter {
  readonly #ready = Promise.withResolvers<void>();
  readonly #closeWindows: () => void;
  #isReady = false;
  #lock: Server | undefined;
  sandboxed = false;
  readonly isPackaged = false;

  constructor(closeWindows: () => void) {
    super();
    this.#closeWindows = closeWindows;
  }

  /** The entry module was evaluated: only now can the app become ready, as under Electron. */
  codeLoaded(): void {
    this.#isReady = true;
    this.emit('will-finish-launching');
    this.emit('ready', {}, {});
    this.#ready.resolve();
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
    this.sandboxed = true;
  }

  getPath(name: string): string {
    if (name !== 'userData') throw new Error(`The Electron stand-in does not implement app.getPath(${name})`);
    return process.env['STANDIN_USER_DATA'] ?? profileDirectory;
  }

  getPreferredSystemLanguages(): string[] {
    return (process.env['STANDIN_LANGUAGES'] ?? 'en-US').split(',');
  }

  /** A socket in the user's data holds the lock; who comes second tells who is there, through it. */
  requestSingleInstanceLock(): boolean {
    const directory = this.getPath('userData');
    mkdirSync(directory, { recursive: true });
    const socket = path.join(directory, 'instance.sock');
    const lock = path.join(directory, 'instance.lock');
    try {
      closeSync(openSync(lock, 'wx'));
    } catch {
      createConnection(socket).on('error', () => undefined);
      return false;
    }
    process.once('exit', () => rmSync(lock, { force: true }));
    // Of an app that ended without closing it.
    rmSync(socket, { force: true });
    this.#lock = createServer((connection) => {
      connection.destroy();
      this.emit('second-instance', {}, [], process.cwd(), undefined);
    }).listen(socket);
    this.#lock.unref();
    return true;
  }

  quit(): void {
    const event = new Preventable();
    this.emit('before-quit', event);
    if (isPrevented(event)) return;
    this.#closeWindows();
    this.emit('will-quit', event);
    if (!isPrevented(event)) this.exit(0);
  }

  exit(code = 0): void {
    this.#closeWindows();
    this.emit('quit', {}, code);
    void closeBrowser().finally(() => {
      rmSync(profileDirectory, { recursive: true, force: true, maxRetries: 5 });
      process.exit(code);
    });
  }
}

/** Asked anew: a listener may have prevented it since. */
function isPrevented(event: Preventable): boolean {
  return event.defaultPrevented;
}
