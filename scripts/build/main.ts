import path from 'node:path';
import { BUILD, ROOT, type Task } from './task.ts';

/** What CommonJS dependencies inside the bundle take for granted. */
const COMMONJS = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** The main process, the master's thread and the command line as ES modules; the preload script as CommonJS. */
export const buildMain: Task = {
  name: 'main',
  inputs: ['main', 'common'],
  outputs: ['main'],
  run: async () => {
    const { build } = await import('esbuild');
    const outdir = path.join(BUILD, 'main');
    await build({
      entryPoints: {
        index: path.join(ROOT, 'main/index.ts'),
        cli: path.join(ROOT, 'main/cli.ts'),
        'master-thread': path.join(ROOT, 'main/clusters/master-thread.ts'),
      },
      outdir,
      bundle: true,
      splitting: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
        sourcemap: true,
      external: ['electron', 'cpu-features', '*.node'],
      banner: { js: COMMONJS },
      logLevel: 'warning',
    });
    await build({
      entryPoints: { preload: path.join(ROOT, 'main/app/preload.ts') },
      outdir,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      target: 'chrome140',
      format: 'cjs',
      external: ['electron'],
      logLevel: 'warning',
    });
  },
};
