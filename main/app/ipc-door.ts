import type { IpcMain, IpcMainEvent, WebContents } from 'electron';
import { z } from 'zod';
import type { Log } from '#common/base/log.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { Connection } from '../doors/connection.ts';
import { MAX_FRAME_BYTES, MAX_UNREAD_BYTES } from '../doors/limits.ts';
import { isAppUrl } from './app-origin.ts';
import { channels } from './channels.ts';

const frameSchema = z.string().max(MAX_FRAME_BYTES);
const takenSchema = z.number().int().positive();

interface Line {
  readonly connection: Connection;
  /** Characters that were sent and not yet taken. */
  unread: number;
}

/**
 * The contract over Electron IPC: the only place that listens to it. Every message is checked for who
 * sends it (our page, its top frame) and what it is, before anything else looks at it.
 */
export class IpcDoor {
  readonly #handlers: WindowHandlers;
  readonly #log: Log;
  readonly #lines = new Map<WebContents, Line>();
  readonly #closing = new Set<Promise<void>>();

  constructor(handlers: WindowHandlers, log: Log) {
    this.#handlers = handlers;
    this.#log = log;
  }

  listen(ipcMain: Pick<IpcMain, 'on'>): void {
    ipcMain.on(channels.frame, (event, message: unknown) => {
      const frame = this.#accept(event, frameSchema, message);
      if (frame === undefined) return;
      if (!this.#lineOf(event.sender).connection.receive(frame)) this.#log.warn('a page sent what is no frame');
    });
    ipcMain.on(channels.taken, (event, message: unknown) => {
      const taken = this.#accept(event, takenSchema, message);
      const line = this.#lines.get(event.sender);
      if (taken !== undefined && line) line.unread = Math.max(0, line.unread - taken);
    });
  }

  async close(): Promise<void> {
    for (const contents of this.#lines.keys()) this.#hangUp(contents);
    await Promise.all(this.#closing);
  }

  #accept<T>(event: IpcMainEvent, schema: z.ZodType<T>, message: unknown): T | undefined {
    const parsed = schema.safeParse(message);
    const refusal = refusalOf(event) ?? (parsed.success ? undefined : 'not of the expected form');
    if (refusal !== undefined) this.#log.warn('a message to the main process was refused', { refusal });
    return refusal === undefined ? parsed.data : undefined;
  }

  #lineOf(contents: WebContents): Line {
    const known = this.#lines.get(contents);
    if (known) return known;
    const line: Line = {
      unread: 0,
      connection: new Connection({
        handlers: this.#handlers,
        log: this.#log,
        peer: {
          send: (frame) => {
            if (contents.isDestroyed()) return;
            const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString('utf8');
            line.unread += text.length;
            contents.send(channels.frame, text);
          },
          congested: () => line.unread > MAX_UNREAD_BYTES,
        },
      }),
    };
    this.#lines.set(contents, line);
    const hangUp = (): void => this.#hangUp(contents);
    contents.once('destroyed', hangUp);
    contents.once('render-process-gone', hangUp);
    // A page that is loaded anew knows nothing of what the one before had asked for.
    const onNavigation = (details: { isMainFrame: boolean; isSameDocument: boolean }): void => {
      if (!details.isMainFrame || details.isSameDocument) return;
      contents.off('did-start-navigation', onNavigation);
      hangUp();
    };
    contents.on('did-start-navigation', onNavigation);
    return line;
  }

  #hangUp(contents: WebContents): void {
    const line = this.#lines.get(contents);
    if (!line) return;
    this.#lines.delete(contents);
    const closing = line.connection.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function refusalOf({ senderFrame }: IpcMainEvent): string | undefined {
  if (!senderFrame) return 'its frame is gone';
  if (!isAppUrl(senderFrame.url)) return 'it is not from our page';
  return senderFrame.parent === null ? undefined : 'it is not from the top frame';
}
