import { realClock } from '#common/base/clock.ts';
import { lineLog } from '#common/base/log.ts';
import { runDesktop } from './app/desktop.ts';
import { takeOver } from './app/take-over.ts';
import { openApp } from './clusters/app.ts';
import { cacheDirectory, homeDirectory } from './clusters/home.ts';
import { serveLocalSocket } from './doors/local-socket.ts';
import { findLayout } from './layout.ts';

// The entry under Electron.
const log = lineLog((line) => void process.stderr.write(`${line}\n`));
const layout = findLayout();
const home = homeDirectory(process.env);

let awoke = (): void => undefined;

// Not awaited: Electron is ready only after this module has been evaluated.
void runDesktop({
  site: layout.renderer,
  preload: layout.preload,
  home,
  log,
  power: {
    suspend: () => log.info('this computer goes to sleep'),
    resume: () => awoke(),
  },
  open: (languages, quit) =>
    takeOver(home, realClock, async () => {
      const app = await openApp({
        home,
        cache: cacheDirectory(process.env),
        layout,
        door: 'electron',
        languages,
        log,
        quit,
      });
      awoke = () => app.awoke();
      const socket = await serveLocalSocket({ home, handlers: app.handlers, log });
      return {
        handlers: app.handlers,
        async close() {
          awoke = () => undefined;
          await socket[Symbol.asyncDispose]();
          await app.close();
        },
      };
    }),
});
