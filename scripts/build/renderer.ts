import path from 'node:path';
import { ROOT, type Task } from './task.ts';

/** The window's page, for Electron and for the browser alike. */
export const buildRenderer: Task = {
  name: 'renderer',
  inputs: ['renderer', 'common', 'svelte.config.js'],
  outputs: ['renderer'],
  run: async () => {
    const { build } = await import('vite');
    await build({ configFile: path.join(ROOT, 'renderer/vite.config.ts'), logLevel: 'warn' });
  },
};
