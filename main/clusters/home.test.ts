import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheDirectory, homeDirectory, openHome } from './home.ts';

const root = await mkdtemp(path.join(tmpdir(), 'pilothouse-homes-'));
afterAll(() => rm(root, { recursive: true }));
let homes = 0;
const fresh = (): string => path.join(root, String(++homes));

/** Another instance of the app that has the home, until it is ended. */
async function otherInstance(directory: string): Promise<ChildProcess> {
  const source = `
    import { openHome } from ${JSON.stringify(path.join(import.meta.dirname, 'home.ts'))};
    await openHome(process.argv[1]);
    console.log('open');
    setInterval(() => undefined, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

describe('a home', () => {
  it('is made private to its owner', async () => {
    const directory = path.join(fresh(), 'nested');
    using home = await openHome(directory);
    for (const made of [directory, home.clusters]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  it('has one owner at a time, also within a process', async () => {
    const directory = fresh();
    const first = await openHome(directory);
    await expect(openHome(directory)).rejects.toMatchObject({ code: 'home-in-use', params: { path: directory } });
    first[Symbol.dispose]();
    (await openHome(directory))[Symbol.dispose]();
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
    'is refused while another process has it, and free after its %s',
    async (signal) => {
      const directory = fresh();
      const child = await otherInstance(directory);
      await expect(openHome(directory)).rejects.toMatchObject({ code: 'home-in-use' });
      await end(child, signal);
      (await openHome(directory))[Symbol.dispose]();
    },
  );

  it('that cannot be written is not said to be in use', async () => {
    const [file, occupied, damaged] = [fresh(), fresh(), fresh()];
    await writeFile(file, '');
    await mkdir(path.join(occupied, 'instance.lock'), { recursive: true });
    await mkdir(damaged);
    await writeFile(path.join(damaged, 'instance.lock'), 'this is no database, and long enough to be seen as none');
    for (const directory of [file, occupied, damaged]) {
      await expect(openHome(directory)).rejects.toMatchObject({
        code: 'home-not-writable',
        params: { path: directory },
      });
    }
  });
});

it('is where the environment says', () => {
  expect(homeDirectory({ PILOTHOUSE_HOME: '/srv/pilothouse' })).toBe('/srv/pilothouse');
  expect(homeDirectory({})).toMatch(/\/\.pilothouse$/);
  expect(cacheDirectory({ PILOTHOUSE_CACHE: '/srv/cache', XDG_CACHE_HOME: '/other' })).toBe('/srv/cache');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/other' })).toBe('/other/pilothouse');
  expect(cacheDirectory({})).toMatch(/\/\.cache\/pilothouse$/);
});
