import { EventEmitter } from 'node:events';
import { App } from './app.ts';
import { BrowserWindow as Window, browserWindowClass } from './browser-window.ts';
import { IpcMain } from './ipc-main.ts';
import { NativeTheme } from './native-theme.ts';
import { Protocol } from './protocol.ts';
import { Session } from './session.ts';
import * as parts from './shell-parts.ts';
import { strict } from './strict.ts';

// What `import ... from 'electron'` gives in the main process. A name that is not here is an error of
// the import, a member that is not there an error where it is used.

/** The same objects for the stand-in's own use, with what only it may do. */
export const standin = {
  app: new App(() => {
    for (const window of Window.all) window.destroy();
  }),
  nativeTheme: new NativeTheme(),
  dialogs: new parts.Dialogs(),
  shell: new parts.Shell(),
  powerMonitor: new EventEmitter(),
  session: new Session(),
};

const defaultSession = strict('session', standin.session);
const schemes = new Protocol(() => standin.app.isReady());
const messages = new IpcMain();

export const app = strict('app', standin.app);
export const ipcMain = strict('ipcMain', messages);
export const protocol = strict('protocol', schemes);
export const session = strict('session', { defaultSession });
export const nativeTheme = strict('nativeTheme', standin.nativeTheme);
export const powerMonitor = strict('powerMonitor', standin.powerMonitor);
export const dialog = strict('dialog', standin.dialogs);
export const shell = strict('shell', standin.shell);
export const safeStorage = strict('safeStorage', parts.safeStorage);
export const screen = strict('screen', parts.screen);
export const nativeImage = strict('nativeImage', parts.nativeImage);
export const Menu = strict('Menu', parts.Menu);
export const Tray = parts.Tray;

export const BrowserWindow = browserWindowClass(
  {
    protocol: schemes,
    session: standin.session,
    ipcMain: messages,
    created: (contents) => void standin.app.emit('web-contents-created', {}, contents),
  },
  () => {
    if (Window.all.size > 0) return;
    // Electron's own answer, where the app has none, is to quit.
    if (!standin.app.emit('window-all-closed')) standin.app.quit();
  },
);
