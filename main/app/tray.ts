import { Menu, nativeImage, Tray } from 'electron';
import type { Locale } from '#common/i18n/locale.ts';
import { appTexts, say } from './texts.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly quit: () => void;
}

/** Height of a tray icon, in points. */
const ICON_SIZE = process.platform === 'darwin' ? 18 : 22;

/** The app's place beside the clock: it is there while no window is. */
export class AppTray implements Disposable {
  readonly #tray: Tray;
  readonly #actions: TrayActions;

  constructor(icon: string, locale: Locale, actions: TrayActions) {
    this.#tray = new Tray(nativeImage.createFromPath(icon).resize({ height: ICON_SIZE }));
    this.#actions = actions;
    this.#tray.setToolTip('Pilothouse');
    this.#tray.on('click', actions.open);
    this.speak(locale);
  }

  speak(locale: Locale): void {
    this.#tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: say(appTexts.open, locale), click: this.#actions.open },
        { type: 'separator' },
        { label: say(appTexts.quit, locale), click: this.#actions.quit },
      ]),
    );
  }

  [Symbol.dispose](): void {
    this.#tray.destroy();
  }
}
