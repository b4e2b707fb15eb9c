import type { Session } from 'electron';
import type { Log } from '#common/base/log.ts';
import { APP_SCHEME, isAppUrl } from './app-origin.ts';

/** The one thing that the page may ask for: to put text on the clipboard. */
const ALLOWED = 'clipboard-sanitized-write';

/** Schemes that never leave the browser. */
const LOCAL_SCHEMES: ReadonlySet<string> = new Set([`${APP_SCHEME}:`, 'data:', 'blob:', 'devtools:']);

/** Closes every way out of the page: devices, permissions, downloads, and the network itself. */
export function guardSession(session: Session, log: Log): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(permission === ALLOWED && isAppUrl(details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => permission === ALLOWED && isAppUrl(origin));
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // The page talks to the main process only. This is the second lock, beside its policy.
  session.webRequest.onBeforeRequest((details, answer) => {
    const cancel = !LOCAL_SCHEMES.has(URL.parse(details.url)?.protocol ?? '');
    if (cancel) log.warn('a request of the page was refused', { url: details.url });
    answer({ cancel });
  });
}
