import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { vi } from 'vitest';
import { BUILD, ROOT } from '../../../scripts/build/task.ts';
import type { Command, State } from '../../standins/electron/control.ts';

const STANDIN = path.join(ROOT, 'test/standins/electron');
/** Beside the real entry, so that the app finds everything from there as it does from it. */
const ENTRY = path.join(BUILD, 'test/electron-entry.js');
/** The app's page as the stand-in serves it. */
export const PAGE = 'https://pilothouse.app.standin.invalid/';

/** Bundles the entry that has a world in memory inside, as the real one is bundled. */
export async function buildEntry(): Promise<void> {
  await build({
    entryPoints: [path.join(ROOT, 'test/window/electron/entry.ts')],
    outfile: ENTRY,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['electron'],
    logLevel: 'warning',
  });
}

export interface Launch {
  /** The real entry instead of the one with a world in memory. */
  readonly real?: boolean;
  readonly home?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** The app under the stand-in, as a process of its own. */
export class DesktopApp implements AsyncDisposable {
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #ownsHome: boolean;
  #output = '';
  #lastId = 0;
  #browser: Browser | undefined;

  private constructor(child: ChildProcess, home: string, ownsHome: boolean) {
    this.#child = child;
    this.home = home;
    this.#ownsHome = ownsHome;
    child.stderr?.on('data', (data: Buffer) => (this.#output += data.toString()));
  }

  static async launch({ real = false, home, environment = {} }: Launch = {}): Promise<DesktopApp> {
    const directory = home ?? (await mkdtemp(path.join(tmpdir(), 'pilothouse-desktop-')));
    const entry = real ? path.join(BUILD, 'main/index.js') : ENTRY;
    const child = spawn(
      process.execPath,
      ['--import', path.join(STANDIN, 'register.ts'), path.join(STANDIN, 'launch.ts'), entry],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          PILOTHOUSE_HOME: directory,
          STANDIN_USER_DATA: path.join(directory, 'electron'),
          ...environment,
        },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    return new DesktopApp(child, directory, home === undefined);
  }

  /** What the app has logged. */
  get output(): string {
    return this.#output;
  }

  /** The exit code, when the process has ended. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ask(command: Command): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onMessage = (message: { id: number; value?: unknown; error?: string }): void => {
      if (message.id !== id) return;
      if (message.error === undefined) resolve(message.value);
      else reject(new Error(message.error));
    };
    const onExit = (): void => reject(new Error(`The app has ended.\n${this.#output}`));
    this.#child.on('message', onMessage).once('exit', onExit);
    this.#child.send({ id, command });
    return promise.finally(() => this.#child.off('message', onMessage).off('exit', onExit));
  }

  async state(): Promise<State> {
    return (await this.ask({ do: 'state' })) as State;
  }

  /** Closes the window that is open, as its user does; resolves when the browser has let go of its page too. */
  async closeWindow(): Promise<void> {
    const page = await this.page();
    const closed = page.waitForEvent('close');
    await this.ask({ do: 'close-window' });
    await closed;
  }

  /** The page of the window that is open. */
  async page(): Promise<Page> {
    this.#browser ??= await chromium.connectOverCDP(
      `http://127.0.0.1:${String(await this.ask({ do: 'debugging-port' }))}`,
    );
    const [context] = this.#browser.contexts();
    // A window is an empty page at first, which may be there before the browser is attached to, or after.
    return vi.waitFor(
      () => {
        const page = context!.pages().find((one) => one.url().startsWith(PAGE));
        if (!page) throw new Error('No window shows the page of the app.');
        return page;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await this.ended();
    }
    if (this.#ownsHome) await rm(this.home, { recursive: true, force: true });
  }
}
