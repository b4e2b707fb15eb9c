import { lineLog } from '#common/base/log.ts';
import { runDesktop } from '../../../main/app/desktop.ts';
import { findLayout } from '../../../main/layout.ts';
import { busyCluster } from '../world/samples.ts';
import { World } from '../world/world.ts';

// An entry of the desktop app with a world in memory inside, in place of clusters on this computer.
const log = lineLog((line) => void process.stderr.write(`${line}\n`));
const layout = findLayout();
const world = new World();
world.info = { ...world.info, door: 'electron' };
world.addCluster('local', busyCluster());

void runDesktop({
  site: layout.renderer,
  preload: layout.preload,
  home: process.env['PILOTHOUSE_HOME'] ?? '',
  log,
  power: { suspend: () => log.info('suspend'), resume: () => log.info('resume') },
  open: (languages) => {
    world.info = { ...world.info, languages: [...languages] };
    return Promise.resolve({
      handlers: world.handlers,
      close: () => {
        log.info('closed the inside');
        return Promise.resolve();
      },
    });
  },
});
