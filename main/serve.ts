import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { Log } from '#common/base/log.ts';
import { openApp } from './clusters/app.ts';
import { serveLocalSocket } from './doors/local-socket.ts';
import { serveWindow, type WindowServer } from './doors/websocket.ts';
import type { Layout } from './layout.ts';

export interface ServeOptions {
  readonly home: string;
  readonly cache: string;
  readonly layout: Layout;
  readonly languages: readonly string[];
  /** Absent: the usual one, or any other when that is taken. */
  readonly port: number | undefined;
  readonly log: Log;
  /** Hears that the user wants the app to end. */
  readonly quit: () => void;
}

export interface Serving {
  /** A link that opens the window once. */
  newUrl(): string;
  close(): Promise<void>;
}

const USUAL_PORT = 17345;

/** The app without Electron: the same window in a browser, on loopback, and commands over a local socket. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { home, layout, log } = options;
  let newUrl = (): string => {
    throw new AppError('connection-lost');
  };
  const app = await openApp({ ...options, door: 'browser', newUrl: () => newUrl() });
  try {
    const sessionKey = await readSessionKey(path.join(home, 'session.key'));
    const open = (port: number): Promise<WindowServer> =>
      serveWindow({ root: layout.renderer, handlers: app.handlers, port, log, sessionKey });
    const window = await (options.port === undefined
      ? open(USUAL_PORT).catch((error: unknown) => {
          if (error instanceof AppError && error.code === 'port-in-use') return open(0);
          throw error;
        })
      : open(options.port));
    newUrl = () => window.newUrl();
    const socket = await serveLocalSocket({ home, handlers: app.handlers, log });
    return {
      newUrl,
      async close() {
        await socket[Symbol.asyncDispose]();
        await window.close();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Kept, so that a window that is open finds its way back after a restart. */
async function readSessionKey(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(32);
  await writeFile(file, key, { mode: 0o600, flag: 'wx' });
  return key;
}
