import { EventEmitter } from 'node:events';
import { BrowserWindow } from './browser-window.ts';

type Source = 'system' | 'light' | 'dark';

/** `nativeTheme`: what the app chooses and what the system prefers, as every page gets to see it. */
export class NativeTheme extends EventEmitter {
  #source: Source = 'system';
  #systemIsDark = false;

  get themeSource(): Source {
    return this.#source;
  }

  set themeSource(source: Source) {
    if (source === this.#source) return;
    this.#source = source;
    this.#tell();
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? this.#systemIsDark : this.#source === 'dark';
  }

  /** What a test does for a person who changes the system's theme. */
  setSystemDark(dark: boolean): void {
    this.#systemIsDark = dark;
    this.#tell();
  }

  #tell(): void {
    const colorScheme = this.shouldUseDarkColors ? 'dark' : 'light';
    for (const { webContents } of BrowserWindow.all) {
      void webContents.page.then((page) => page.emulateMedia({ colorScheme })).catch(() => undefined);
    }
    this.emit('updated');
  }
}
