import { spawn } from 'node:child_process';

/** A program that could not be run, or that ended with another code than 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number | undefined;

  constructor(program: string, exitCode: number | undefined, output: string, cause?: unknown) {
    const how = exitCode === undefined ? 'could not be run' : `ended with ${exitCode}`;
    super(`${program} ${how}${output === '' ? '' : `: ${output}`}`, { cause });
    this.exitCode = exitCode;
  }
}

export interface CommandOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 60_000;
const OUTPUT_LIMIT = 32 * 2 ** 20;

/** Runs a program with exactly these arguments and returns its standard output. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        if (output[name].length < OUTPUT_LIMIT) output[name] += chunk;
      });
    }
    child.once('error', (error) => reject(new CommandError(program, undefined, error.message, error)));
    child.once('close', (code) => {
      if (code === 0) resolve(output.stdout);
      else reject(new CommandError(program, code ?? -1, output.stderr.trim().slice(-2000)));
    });
    // A program that ends without reading its input is told of by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}
