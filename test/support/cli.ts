import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { BUILD } from '../../scripts/build/task.ts';

export interface CliResult {
  /** Exit code. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built `pilothouse` command on a home of its own, as it is typed. */
export class Cli {
  readonly #environment: NodeJS.ProcessEnv;

  constructor(home: string, environment: NodeJS.ProcessEnv = {}) {
    this.#environment = {
      ...process.env,
      PILOTHOUSE_HOME: home,
      LANG: 'en_US.UTF-8',
      LC_ALL: '',
      LC_MESSAGES: '',
      ...environment,
    };
  }

  async try(...args: readonly string[]): Promise<CliResult> {
    const child = spawn(process.execPath, [path.join(BUILD, 'main/cli.js'), ...args], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  }

  /** Gives back what it prints. Rejects when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(...args);
    if (code !== 0) throw new Error(`pilothouse ${args.join(' ')} ended with ${code}:\n${stderr}`);
    return stdout;
  }

  /** With --json. */
  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '--json')) as T;
  }
}
