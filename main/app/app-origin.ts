import type { CustomScheme } from 'electron';

/** The page's own scheme: no other program can answer under it, and nothing else can be loaded from it. */
export const APP_SCHEME = 'app';
const APP_HOST = 'pilothouse';
export const APP_URL = `${APP_SCHEME}://${APP_HOST}/`;

/** As `protocol.registerSchemesAsPrivileged` takes it, before the app is ready. */
export const appScheme: CustomScheme = {
  scheme: APP_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

/** Whether an address is the page's. Compared by a parser: a prefix would let look-alikes pass. */
export function isAppUrl(address: string): boolean {
  const url = URL.parse(address);
  // The origin of a scheme of one's own is 'null', so that its parts are compared.
  return url?.protocol === `${APP_SCHEME}:` && url.host === APP_HOST && url.username === '' && url.password === '';
}
