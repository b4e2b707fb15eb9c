import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** For a browser that talks to nobody but the test, on a machine with no display and no GPU. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the Chromium that is installed. */
export function findChromium(): string {
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      const file = path.join(directory, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here: look on.
      }
    }
  }
  throw new Error('There is no chromium in PATH: install it (apt-get install chromium).');
}
