import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { requireTools, toolEnvironment } from '../host-tool.ts';

/**
 * Runs `work` while no other process on this host holds the lock on `file` (flock(2)), waiting for as long
 * as another does. The lock ends with this process, however it ends: a child holds it that reads from us.
 */
export async function withFileLock<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await requireTools(['flock']);
  await mkdir(path.dirname(file), { recursive: true });
  signal.throwIfAborted();
  // cat says so when it runs, which is when it holds the lock, and ends when our end of its input closes.
  const holder = spawn('flock', ['--no-fork', '--exclusive', file, 'cat'], {
    env: toolEnvironment,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(holder, 'exit');
  const release = (): void => void holder.kill('SIGKILL');
  signal.addEventListener('abort', release, { once: true });
  try {
    holder.stdin.on('error', () => undefined).write('\n');
    await Promise.race([
      once(holder.stdout, 'data'),
      ended.then(() => Promise.reject(new Error(`flock ended before it held ${file}`))),
    ]);
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', release);
    release();
    await ended.catch(() => undefined);
  }
}
