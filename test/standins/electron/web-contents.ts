import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CDPSession, Page, Request as BrowserRequest, Route } from 'playwright-core';
import { browserContext } from './chromium-context.ts';
import type { IpcMain } from './ipc-main.ts';
import type { Protocol } from './protocol.ts';
import { Preventable } from './preventable.ts';
import { toAppUrl, toBrowserUrl } from './schemes.ts';
import type { Session } from './session.ts';
import { strict } from './strict.ts';

const WORLD = 'Electron Isolated Context';
const SEND = 'standinSend';
const script = (name: string): string => readFileSync(path.join(import.meta.dirname, 'page', name), 'utf8').trim();

export interface Surroundings {
  readonly protocol: Protocol;
  readonly session: Session;
  readonly ipcMain: IpcMain;
  readonly created: (contents: WebContents) => void;
}

export interface WindowOpenDetails {
  readonly url: string;
}

interface Message {
  readonly channel: string;
  readonly args: readonly unknown[];
}

const byPage = new Map<Page, WebContents>();
let isRouted = false;

async function routeOf(route: Route, request: BrowserRequest): Promise<void> {
  const contents = byPage.get(pageOf(request)!);
  // A page that another wants to open loads nothing: who opens it has been told by then.
  await (contents ? contents.answer(route, request) : route.abort('aborted'));
}

/** The first request of a page that is being opened has no page yet. */
function pageOf(request: BrowserRequest): Page | undefined {
  try {
    return request.frame().page();
  } catch {
    return undefined;
  }
}

/** `webContents`: a page of Chromium with the preload script in a world of its own. */
export class WebContents extends EventEmitter {
  /** The contents as the app may use them: strict about what is not implemented. */
  readonly facade: WebContents = strict('webContents', this);
  readonly page: Promise<Page>;
  readonly #surroundings: Surroundings;
  readonly #preload: string | undefined;
  #session: CDPSession | undefined;
  #world: number | undefined;
  #openHandler: (details: WindowOpenDetails) => { action: 'allow' | 'deny' } = () => ({ action: 'allow' });
  /** An address that the main process itself is loading: no navigation of the page's. */
  #loading: string | undefined;
  #destroyed = false;
  #closed = Promise.resolve();

  constructor(preload: string | undefined, surroundings: Surroundings) {
    super();
    this.#surroundings = surroundings;
    this.#preload = preload;
    this.page = this.#start();
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.page;
    const target = toBrowserUrl(url, this.#surroundings.protocol.schemes);
    const { origin } = new URL(target);
    await this.#surroundings.session.grant(page.context(), toAppUrl(`${origin}/`), origin);
    this.#loading = target;
    await page.goto(target);
    this.#loading = undefined;
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed');
    if (this.#world === undefined) return;
    const expression = `standinReceive(${JSON.stringify(channel)}, ${JSON.stringify(args)})`;
    // The page may be gone by the time that this arrives; Electron drops such messages too.
    this.#session?.send('Runtime.evaluate', { contextId: this.#world, expression }).catch(() => undefined);
  }

  setWindowOpenHandler(handler: (details: WindowOpenDetails) => { action: 'allow' | 'deny' }): void {
    this.#openHandler = handler;
  }

  reload(): void {
    void this.page.then((page) => {
      this.#loading = page.url();
      return page.reload();
    });
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.emit('destroyed');
    this.#closed = this.page
      .then((page) => {
        byPage.delete(page);
        return page.close();
      })
      .catch(() => undefined);
  }

  /** Once the page that was destroyed is gone from Chromium too. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Something on the page wants a window of its own. */
  #wantsWindow(url: string): void {
    const { action } = this.#openHandler({ url });
    if (action === 'allow') throw new Error('The Electron stand-in does not implement windows that a page opens');
  }

  async #start(): Promise<Page> {
    const context = await browserContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    this.#session = session;
    // One route for all pages: one of a page that wants to be opened would come too late.
    if (!isRouted) {
      isRouted = true;
      await context.route('**/*', routeOf);
    }
    byPage.set(page, this);
    session.on('Page.windowOpen', ({ url }) => this.#wantsWindow(toAppUrl(url)));
    page.on('popup', (other) => void other.close().catch(() => undefined));
    await session.send('Page.enable');
    await session.send('Runtime.enable');
    session.on('Runtime.executionContextCreated', ({ context: created }) => {
      const top = created.auxData as { frameId?: string; type?: string } | undefined;
      if (created.name === WORLD && top?.type === 'isolated') this.#world ??= created.id;
    });
    session.on('Runtime.executionContextsCleared', () => (this.#world = undefined));
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === SEND && executionContextId === this.#world) this.#onMessage(page, JSON.parse(payload) as Message);
    });
    page.on('load', () => {
      this.emit('dom-ready');
      this.emit('did-finish-load');
    });
    page.on('crash', () => this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }));
    if (this.#preload !== undefined) {
      const preload = readFileSync(this.#preload, 'utf8');
      await session.send('Runtime.addBinding', { name: SEND, executionContextName: WORLD });
      await session.send('Page.addScriptToEvaluateOnNewDocument', { source: script('main-world.js') });
      await session.send('Page.addScriptToEvaluateOnNewDocument', {
        source: `(() => { ${script('preload-world.js')}\nstandinRunPreload(function (require, module, exports) { ${preload}\n}); })()`,
        worldName: WORLD,
      });
    }
    return page;
  }

  #onMessage(page: Page, { channel, args }: Message): void {
    const senderFrame = { url: toAppUrl(page.mainFrame().url()), parent: null };
    this.#surroundings.ipcMain.emit(channel, { sender: this.facade, senderFrame }, ...args);
  }

  async answer(route: Route, request: BrowserRequest): Promise<void> {
    const url = toAppUrl(request.url());
    const isMainFrame = request.isNavigationRequest() && request.frame().parentFrame() === null;
    if (request.isNavigationRequest() && this.#loading !== request.url()) {
      const event = new NavigationEvent(url, isMainFrame);
      this.emit('will-frame-navigate', event);
      if (isMainFrame) this.emit('will-navigate', event);
      if (event.defaultPrevented) return route.abort('aborted');
    }
    if (isMainFrame) this.emit('did-start-navigation', { url, isMainFrame, isSameDocument: false });
    if (!(await this.#surroundings.session.passes(url))) return route.abort('blockedbyclient');
    if (!(await this.#surroundings.protocol.answer(route, request))) await route.continue();
  }
}

class NavigationEvent extends Preventable {
  readonly url: string;
  readonly isMainFrame: boolean;

  constructor(url: string, isMainFrame: boolean) {
    super();
    this.url = url;
    this.isMainFrame = isMainFrame;
  }
}
