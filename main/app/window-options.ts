import type { BrowserWindowConstructorOptions, Rectangle } from 'electron';

export interface WindowLook {
  readonly bounds: Partial<Rectangle> & { readonly width: number; readonly height: number };
  readonly background: string;
  readonly icon: string;
  readonly preload: string;
}

/** A window in which only our page can run, with nothing of Node.js in its reach (Electron security list). */
export function windowOptions({ bounds, background, icon, preload }: WindowLook): BrowserWindowConstructorOptions {
  return {
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    title: 'Pilothouse',
    icon,
    // Shown when there is something to show, and in the theme's colour until then: no white flash.
    show: false,
    backgroundColor: background,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}
