import { lineLog } from '#common/base/log.ts';
import { runDesktop } from './app/desktop.ts';
import { openApp } from './clusters/app.ts';
import { cacheDirectory, homeDirectory } from './clusters/home.ts';
import { findLayout } from './layout.ts';

// The entry under Electron.
const log = lineLog((line) => void process.stderr.write(`${line}\n`));
const layout = findLayout();
const home = homeDirectory(process.env);

// Not awaited: Electron is ready only after this module has been evaluated.
void runDesktop({
  site: layout.renderer,
  preload: layout.preload,
  home,
  log,
  power: {
    suspend: () => log.info('this computer goes to sleep'),
    resume: () => log.info('this computer is awake again'),
  },
  open: (languages) => openApp({ home, cache: cacheDirectory(process.env), layout, door: 'electron', languages, log }),
});
