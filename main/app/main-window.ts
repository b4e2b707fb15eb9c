import { BrowserWindow, nativeTheme, screen } from 'electron';
import { realClock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import { APP_URL } from './app-origin.ts';
import { backgroundOf } from './appearance.ts';
import { windowOptions } from './window-options.ts';
import { firstSize, readWindowState, writeWindowState } from './window-state.ts';

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  /** Where the window's place is kept. */
  readonly stateFile: string;
  readonly log: Log;
}

/** A page that crashes again within this time is not loaded again. */
const CRASH_LOOP_MS = 60_000;

/** The app's one window. Closed, it is gone; shown again, it is a new one. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  #window: BrowserWindow | undefined;
  #lastCrash = -Infinity;

  constructor(options: MainWindowOptions) {
    this.#options = options;
    nativeTheme.on('updated', () => this.#window?.setBackgroundColor(backgroundOf(nativeTheme)));
  }

  show(): void {
    if (!this.#window) {
      this.#window = this.#create();
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** The window that is open, for a dialog to belong to. */
  get current(): BrowserWindow | undefined {
    return this.#window;
  }

  #create(): BrowserWindow {
    const { preload, icon, stateFile } = this.#options;
    const screens = screen.getAllDisplays().map(({ workArea }) => workArea);
    const state = readWindowState(stateFile, screens);
    const window = new BrowserWindow(
      windowOptions({
        bounds: state
          ? { x: state.x, y: state.y, width: state.width, height: state.height }
          : firstSize(screen.getPrimaryDisplay().workAreaSize),
        background: backgroundOf(nativeTheme),
        icon,
        preload,
      }),
    );
    if (state?.maximized) window.maximize();
    window.once('ready-to-show', () => window.show());
    window.on('close', () =>
      writeWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() }),
    );
    window.on('closed', () => (this.#window = undefined));
    window.webContents.on('render-process-gone', (_event, { reason }) => this.#onCrash(window, reason));
    void window.loadURL(APP_URL);
    return window;
  }

  #onCrash(window: BrowserWindow, reason: string): void {
    this.#options.log.error('the page is gone', { reason });
    const now = realClock.monotonic();
    const looping = now - this.#lastCrash < CRASH_LOOP_MS;
    this.#lastCrash = now;
    if (reason === 'clean-exit' || looping) window.destroy();
    else window.webContents.reload();
  }
}
