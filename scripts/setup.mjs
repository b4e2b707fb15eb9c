// Brings what the project needs onto this machine, then runs it. Node's own modules only: this is what a
// fresh clone starts with, under whichever Node.js is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureHostPackages } from './setup/host-packages.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const NODE_MAJOR = 24;

const [task = 'start', ...rest] = process.argv.slice(2);
const entries = {
  start: 'scripts/start.ts',
  test: 'scripts/test.ts',
  crash: 'scripts/crash.ts',
  bench: 'scripts/bench.ts',
  scoreboard: 'scripts/scoreboard.ts',
  smoke: 'scripts/smoke.ts',
};
const entry = entries[task];
if (!entry) fail(`Unknown task: ${task}. There are: ${Object.keys(entries).join(', ')}.`);

ensureModules();
const missing = task === 'scoreboard' ? [] : ensureHostPackages(task, rest.includes('--quick'));
const node = findNode();
const environment = {
  ...process.env,
  PATH: `${path.join(ROOT, 'node_modules/.bin')}${path.delimiter}${process.env.PATH}`,
  // What tests have to leave out, and why, is theirs to say.
  PILOTHOUSE_MISSING: missing.join(','),
};
const { status, signal } = spawnSync(node, ['--disable-warning=ExperimentalWarning', entry, ...rest], {
  cwd: ROOT,
  env: environment,
  stdio: 'inherit',
});
process.exitCode = status ?? (signal ? 130 : 1);

/** `npm ci`, unless the modules are those of the lock file. */
function ensureModules() {
  const stamp = path.join(ROOT, 'node_modules/.pilothouse-lock');
  const digest = createHash('sha256')
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log('Installing the packages that Pilothouse is made with (npm ci) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) fail('npm ci did not succeed: see above.');
  writeFileSync(stamp, digest);
}

/** Node 24: the one among the packages where there is one, else the one that runs this. */
function findNode() {
  const bundled = path.join(ROOT, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (process.platform === 'linux' && existsSync(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  return fail(
    `Pilothouse needs Node.js ${NODE_MAJOR} or newer; this is ${process.version}. Install it, then run this again.`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
