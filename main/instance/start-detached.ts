import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError } from '#common/base/app-error.ts';
import { logDirectory } from '../clusters/home.ts';
import { Instance } from './instance.ts';

/** What `serve --no-open` prints once commands can reach it. */
export const SERVING = 'serving';

const LAST_LINES = 20;

/** The app that owns the home: the one that runs, or one that goes on without us. */
export async function openInstance(home: string): Promise<Instance> {
  return (await Instance.find(home)) ?? (await startDetached(home));
}

/** Starts `pilothouse serve --no-open`, and resolves when it can be reached. Errors: `instance-not-started`. */
async function startDetached(home: string): Promise<Instance> {
  const file = path.join(logDirectory(home), 'background.log');
  let log;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Only of the last start: what the app does is in its own log.
    log = await open(file, 'w', 0o600);
  } catch (error) {
    throw new AppError('home-not-writable', { params: { path: home }, cause: error });
  }
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'serve', '--no-open'], {
    cwd: '/',
    detached: true,
    env: { ...process.env, PILOTHOUSE_HOME: home },
    stdio: ['ignore', 'pipe', log.fd],
  }) as ChildProcessByStdio<null, Readable, null>;
  await log.close();
  const { stdout } = child;
  const lines = createInterface({ input: stdout });
  const ready = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => {
      if (line === SERVING) resolve(true);
    });
    child.once('exit', () => resolve(false));
    child.once('error', () => resolve(false));
  });
  const isServing = await ready;
  lines.close();
  stdout.destroy();
  child.unref();
  const instance = isServing ? await Instance.find(home) : undefined;
  if (instance) return instance;
  throw new AppError('instance-not-started', {
    params: { path: file },
    command: 'pilothouse serve --no-open',
    lines: (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-LAST_LINES),
  });
}
