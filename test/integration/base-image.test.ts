import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { baseImageDirectory, ensureBaseImage } from '../../main/machines/namespace/base-image.ts';
import { canRunMachines } from './machines-lab/lab.ts';

describe.runIf(canRunMachines)('a build of the base image', () => {
  let cache: string;

  beforeEach(async () => {
    cache = await mkdtemp(path.join(tmpdir(), 'pilothouse-base-image-'));
  });
  afterEach(() => rm(cache, { recursive: true }));

  test('that is killed leaves no process and nothing that looks finished, and is cleaned up by the next', async () => {
    const script = path.join(import.meta.dirname, 'machines-lab/build-base-image.ts');
    const app = spawn(process.execPath, [script, cache], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(app, 'exit');
    for await (const line of createInterface(app.stdout)) if (line.includes('apt-get update')) break;
    expect(await processesNaming(cache)).not.toEqual([]);
    app.kill('SIGKILL');
    await ended;
    await expect.poll(() => processesNaming(cache)).toEqual([]);

    const images = path.dirname(await baseImageDirectory(cache));
    const left = await readdir(images);
    expect(left.filter((name) => name.startsWith('.partial-'))).toHaveLength(1);
    expect(left).not.toContain(path.basename(await baseImageDirectory(cache)));

    // The next build begins anew, and clears away what it made itself when it is cancelled.
    const cancel = new AbortController();
    const build = ensureBaseImage(
      cache,
      realClock,
      ({ line }) => line.includes('apt-get') && cancel.abort(),
      cancel.signal,
    );
    await expect(build).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(images)).toEqual(['.lock']);
    expect(await processesNaming(cache)).toEqual([]);
  });

  test('waits for the one of another process, and says so', async () => {
    const script = path.join(import.meta.dirname, 'machines-lab/build-base-image.ts');
    const app = spawn(process.execPath, [script, cache], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(app, 'exit');
    for await (const line of createInterface(app.stdout)) if (line.includes('apt-get update')) break;
    const cancel = new AbortController();
    const lines: string[] = [];
    const report = ({ line }: { line: string }): void => {
      lines.push(line);
      if (lines.length === 3) cancel.abort();
    };
    await expect(ensureBaseImage(cache, realClock, report, cancel.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(lines[2]).toMatch(/^Preparing the base image of the nodes \(2 s\)$/);
    app.kill('SIGKILL');
    await ended;
    await expect.poll(() => processesNaming(cache)).toEqual([]);
  });
});

/** The running programs that have `text` in their arguments, but for the test's own child. */
async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.filter((command) => command.includes(text) && !command.includes('build-base-image.ts'));
}
