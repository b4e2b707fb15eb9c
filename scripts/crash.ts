import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './build/task.ts';

/** `npm run test:crash [kills]`: the store and the master under many more kills than `npm test` has time for. */
const [kills = '1000'] = process.argv.slice(2);
const child = spawn(path.join(ROOT, 'node_modules/.bin/vitest'), ['run', '--project', 'crash'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, PILOTHOUSE_CRASH_KILLS: kills },
});
child.once('close', (code) => {
  process.exitCode = code ?? 1;
});
