import { app, dialog, ipcMain, nativeTheme, powerMonitor, protocol, session, shell } from 'electron';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import { preferencesSchema, type WindowHandlers } from '#common/contract/contract.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { follow } from '../doors/follow.ts';
import { readSite } from '../doors/site.ts';
import { appScheme, APP_SCHEME } from './app-origin.ts';
import { applyTheme } from './appearance.ts';
import { isOwnAddress } from './external-links.ts';
import { IpcDoor } from './ipc-door.ts';
import { MainWindow } from './main-window.ts';
import { setApplicationMenu } from './menu.ts';
import { guardNavigation } from './navigation.ts';
import { pageResponse } from './page-response.ts';
import { watchPower, type PowerHooks } from './power.ts';
import { Quitting } from './quit.ts';
import { guardSession } from './session-guards.ts';
import { appTexts, localeOf, say } from './texts.ts';
import { AppTray } from './tray.ts';

/** What the desktop app is the outside of. */
export interface Inside {
  readonly handlers: WindowHandlers;
  close(): Promise<void>;
}

export interface DesktopOptions {
  /** Opens what the windows look into, once Electron is ready. `quit` ends the app without a question. */
  readonly open: (systemLanguages: readonly string[], quit: () => void) => Promise<Inside>;
  /** The directory of the built page, with icon.png in it. */
  readonly site: string;
  readonly preload: string;
  /** Where the window's place is kept. */
  readonly home: string;
  readonly power: PowerHooks;
  readonly log: Log;
}

/** Runs the app under Electron, from before it is ready until it ends. */
export async function runDesktop(options: DesktopOptions): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([appScheme]);
  await app.whenReady();
  try {
    await start(options);
  } catch (error) {
    tellWhyNot(error, options.log);
    app.exit(1);
  }
}

async function start({ open, site: directory, preload, home, power, log }: DesktopOptions): Promise<void> {
  setApplicationMenu(process.platform);
  const site = await readSite(directory);
  const systemLanguages = app.getPreferredSystemLanguages();
  const told = new AbortController();
  const inside = await open(systemLanguages, () => told.abort());
  const ending = new AbortController();
  let clusters: readonly ClusterSummary[] = [];
  let preferences = preferencesSchema.parse({});
  const locale = (): ReturnType<typeof localeOf> => localeOf(preferences.language, systemLanguages);

  protocol.handle(APP_SCHEME, (request) => pageResponse(site, request));
  guardSession(session.defaultSession, log);
  app.on('web-contents-created', (_event, contents) => {
    guardNavigation(
      contents,
      (url) => {
        const addresses = new Set(clusters.flatMap(({ nodes }) => nodes.flatMap(({ address }) => address ?? [])));
        if (isOwnAddress(url, addresses)) void shell.openExternal(url);
        else log.warn('a link was not opened', { url });
      },
      log,
    );
  });

  const door = new IpcDoor(inside.handlers, log);
  door.listen(ipcMain);
  const icon = path.join(directory, 'icon.png');
  const window = new MainWindow({ preload, icon, stateFile: path.join(home, 'window.json'), log });
  const show = (): void => window.show();
  const tray = new AppTray(icon, locale(), { open: show, quit: () => app.quit() });

  const following = [
    follow(inside.handlers, 'clusters.watch', {}, (now) => (clusters = now), ending.signal),
    follow(
      inside.handlers,
      'app.preferences',
      {},
      (now) => {
        preferences = now;
        applyTheme(nativeTheme, now.theme);
        tray.speak(locale());
      },
      ending.signal,
    ),
  ].map((stream) =>
    stream.catch((error: unknown) => log.error('the app cannot be followed', { error: describeError(error) })),
  );
  const watchingPower = watchPower(powerMonitor, power);

  const quitting = new Quitting(
    async () => {
      const count = clusters.filter(({ phase }) => phase === 'running').length;
      if (count === 0) return true;
      const question = {
        type: 'question' as const,
        message: say(appTexts.quitTitle, locale()),
        detail: say(appTexts.quitDetail, locale(), { count }),
        buttons: [say(appTexts.quit, locale()), say(appTexts.cancel, locale())],
        defaultId: 0,
        cancelId: 1,
      };
      const owner = window.current;
      const { response } = await (owner ? dialog.showMessageBox(owner, question) : dialog.showMessageBox(question));
      return response === 0;
    },
    async () => {
      watchingPower[Symbol.dispose]();
      ending.abort();
      window.current?.destroy();
      tray[Symbol.dispose]();
      await door.close();
      await Promise.all(following);
      await inside.close();
    },
    (code) => app.exit(code),
  );
  app.on('before-quit', (event) => quitting.onBeforeQuit(event));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void quitting.leave());
  told.signal.addEventListener('abort', () => void quitting.leave());
  if (told.signal.aborted) void quitting.leave();

  // Without this listener the app would end with its last window; it is the master, so it stays.
  app.on('window-all-closed', () => undefined);
  app.on('second-instance', show);
  app.on('activate', show);
  show();
}

/** There is no page yet that could tell, so the system's own dialog does. */
function tellWhyNot(error: unknown, log: Log): void {
  const { code, params } = AppError.from(error);
  const locale = localeOf('system', app.getPreferredSystemLanguages());
  const { title, advice } = errorTexts[code];
  log.error('the app cannot start', { error: describeError(error) });
  dialog.showErrorBox(
    say(appTexts.cannotStart, locale),
    `${say(title, locale, params)}\n\n${say(advice, locale, params)}`,
  );
}
