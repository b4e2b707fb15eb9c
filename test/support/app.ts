import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { cacheDirectory } from '../../main/clusters/home.ts';
import { namespaceProvider } from '../../main/machines/namespace/provider.ts';
import { BUILD } from '../../scripts/build/task.ts';

/** A folder of its own for an app's clusters and settings. */
export async function temporaryHome(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'pilothouse-home-'));
}

/** Also what a test that failed half-way left running in it. */
export async function removeHome(home: string): Promise<void> {
  const machines = path.join(home, 'machines');
  const provider = namespaceProvider({
    stateDirectory: machines,
    cacheDirectory: cacheDirectory(process.env),
    clock: realClock,
    log: silentLog,
  });
  for (const cluster of await readdir(machines).catch(() => [])) {
    await provider.release(cluster, new AbortController().signal);
  }
  await rm(home, { recursive: true, force: true });
}

/** The built app as `npm start` runs it without a display, in a process of its own. */
export class RunningApp {
  readonly url: string;
  readonly process: ChildProcess;
  /** From the start of the process until it said where its window is. */
  readonly startMs: number;
  readonly #output: string[];

  private constructor(child: ChildProcess, url: string, startMs: number, output: string[]) {
    this.process = child;
    this.url = url;
    this.startMs = startMs;
    this.#output = output;
  }

  static async start(home: string, args: readonly string[] = []): Promise<RunningApp> {
    const started = performance.now();
    const child = spawn(process.execPath, [path.join(BUILD, 'main/cli.js'), ...args], {
      env: { ...process.env, PILOTHOUSE_HOME: home, DISPLAY: '', WAYLAND_DISPLAY: '', LANG: 'en_US.UTF-8', LC_ALL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const collect = (chunk: Buffer): void => {
        output.push(chunk.toString());
        const found = /http:\/\/\S+/.exec(output.join(''))?.[0];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('exit', (code) => reject(new Error(`The app ended with ${code}: ${output.join('')}`)));
    });
    return new RunningApp(child, url, performance.now() - started, output);
  }

  /** What it has printed, for a failure's report. */
  get output(): string {
    return this.#output.join('');
  }

  /** Ends it as a person would; gives back its exit code. */
  async quit(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit') as Promise<[number | null]>;
    this.process.kill(signal);
    return (await exited)[0];
  }
}
