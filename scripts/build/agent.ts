import path from 'node:path';
import { BUILD, ROOT, type Task } from './task.ts';

/** One file that a node's own Node.js runs: small enough to be sent again at every upgrade. */
export const buildAgent: Task = {
  name: 'agent',
  inputs: ['agent', 'common'],
  outputs: ['agent'],
  run: async () => {
    const { build } = await import('esbuild');
    await build({
      entryPoints: [path.join(ROOT, 'agent/index.ts')],
      outfile: path.join(BUILD, 'agent/agent.cjs'),
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      minify: true,
      keepNames: true,
      sourcemap: 'external',
      loader: { '.proto': 'text' },
      logLevel: 'warning',
    });
  },
};
