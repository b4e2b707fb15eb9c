import { EventEmitter } from 'node:events';
import { Preventable } from './preventable.ts';
import { strict } from './strict.ts';
import { WebContents, type Surroundings } from './web-contents.ts';

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

const WEB_PREFERENCES: ReadonlySet<string> = new Set([
  'preload',
  'contextIsolation',
  'sandbox',
  'nodeIntegration',
  'nodeIntegrationInWorker',
  'nodeIntegrationInSubFrames',
  'webSecurity',
  'webviewTag',
  'allowRunningInsecureContent',
  'experimentalFeatures',
  'navigateOnDragDrop',
  'spellcheck',
]);

export interface BrowserWindowOptions extends Partial<Bounds> {
  readonly backgroundColor?: string;
  readonly show?: boolean;
  readonly webPreferences?: Readonly<Record<string, unknown>>;
}

/** `BrowserWindow`. Windows announce themselves in `all`, which the app and tests look into. */
export class BrowserWindow extends EventEmitter {
  static readonly all = new Set<BrowserWindow>();
  readonly options: BrowserWindowOptions;
  readonly webContents: WebContents;
  backgroundColor: string;
  visible: boolean;
  #bounds: Bounds;
  #maximized = false;
  #minimized = false;

  constructor(options: BrowserWindowOptions, surroundings: Surroundings, onClosed: () => void) {
    super();
    const { webPreferences = {} } = options;
    for (const name of Object.keys(webPreferences)) {
      if (!WEB_PREFERENCES.has(name)) throw new Error(`The Electron stand-in does not know webPreferences.${name}`);
    }
    if (webPreferences['contextIsolation'] === false || webPreferences['sandbox'] === false) {
      throw new Error('The Electron stand-in implements isolated, sandboxed pages only');
    }
    this.options = options;
    this.backgroundColor = options.backgroundColor ?? '#FFFFFF';
    this.visible = options.show ?? true;
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 };
    const preload = webPreferences['preload'];
    this.webContents = new WebContents(typeof preload === 'string' ? preload : undefined, surroundings).facade;
    surroundings.created(this.webContents);
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    this.once('closed', onClosed);
    BrowserWindow.all.add(this);
    void this.webContents.page.then((page) =>
      page.setViewportSize({ width: this.#bounds.width, height: this.#bounds.height }),
    );
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }

  show(): void {
    this.visible = true;
    this.emit('show');
  }

  focus(): void {
    this.emit('focus');
  }

  restore(): void {
    this.#minimized = false;
  }

  maximize(): void {
    this.#maximized = true;
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  isDestroyed(): boolean {
    return !BrowserWindow.all.has(this);
  }

  getNormalBounds(): Bounds {
    return { ...this.#bounds };
  }

  setBackgroundColor(color: string): void {
    this.backgroundColor = color;
  }

  /** What a test does for a person who moves the window. */
  moveTo(bounds: Bounds): void {
    this.#bounds = bounds;
  }

  close(): void {
    const event = new Preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (!BrowserWindow.all.delete(this)) return;
    this.webContents.destroy();
    this.emit('closed');
  }
}

/** The class as the app may use it: constructed with options alone, and strict about the rest. */
export function browserWindowClass(
  surroundings: Surroundings,
  onClosed: () => void,
): new (options?: BrowserWindowOptions) => BrowserWindow {
  function StrictBrowserWindow(options: BrowserWindowOptions = {}): BrowserWindow {
    const window = new BrowserWindow(options, surroundings, onClosed);
    return strict('BrowserWindow', window);
  }
  return StrictBrowserWindow as unknown as new (options?: BrowserWindowOptions) => BrowserWindow;
}
