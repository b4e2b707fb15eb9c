import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../build/task.ts';
import type { Tally } from './tally.ts';

type Check = () => Promise<Tally>;

/** What can be said of the source without running it. */
export function checks(quick: boolean): Check[] {
  return [
    check('format', 'prettier', ['--check', '--log-level=warn', '.']),
    check('types', 'tsc', ['-p', '.']),
    check('imports', 'depcruise', [
      '--config',
      '.dependency-cruiser.json',
      'common',
      'main',
      'agent',
      'renderer',
      'resources',
      'scripts',
    ]),
    ...(quick
      ? []
      : [
          check('types of the window', 'svelte-check', [
            '--tsconfig',
            'renderer/tsconfig.json',
            '--threshold',
            'warning',
          ]),
        ]),
    check('lint', 'eslint', ['.']),
  ];
}

/** One program whose exit code is the verdict; its words are shown only when it has something to say. */
function check(name: string, command: string, args: readonly string[]): Check {
  return () =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const child = spawn(path.join(ROOT, 'node_modules/.bin', command), args, { cwd: ROOT });
      let output = '';
      const collect = (chunk: Buffer): void => void (output += chunk.toString());
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('error', reject);
      child.once('close', (code) => {
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
        if (code !== 0) console.log(output);
        resolve({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
      });
    });
}
