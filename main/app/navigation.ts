import type { WebContents } from 'electron';
import type { Log } from '#common/base/log.ts';
import { isAppUrl } from './app-origin.ts';

/**
 * Keeps the page where it is: it may go nowhere but to itself, opens no windows and holds no web views.
 * `openExternal` decides about addresses that want a window of their own.
 */
export function guardNavigation(contents: WebContents, openExternal: (url: string) => void, log: Log): void {
  const refuse = (event: { preventDefault(): void }, url: string): void => {
    if (isAppUrl(url)) return;
    event.preventDefault();
    log.warn('the page was kept from leaving', { url });
  };
  contents.on('will-navigate', (event) => refuse(event, event.url));
  contents.on('will-frame-navigate', (event) => refuse(event, event.url));
  contents.on('will-redirect', (event) => refuse(event, event.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
}
