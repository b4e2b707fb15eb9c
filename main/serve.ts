import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { Log } from '#common/base/log.ts';
import { openApp } from './clusters/app.ts';
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
}

export interface Serving {
  /** A link that opens the window once. */
  newUrl(): string;
  close(): Promise<void>;
}

const USUAL_PORT = 17345;

/** The app without Electron: the same window in a browser, on loopback. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { home, layout, log } = options;
  const app = await openApp({ ...options, door: 'browser' });
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
    return {
      newUrl: () => window.newUrl(),
      async close() {
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
