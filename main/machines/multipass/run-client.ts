import { execa } from 'execa';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import { quoteCommand } from '#common/base/shell-quote.ts';
import type { Progress } from '../provider.ts';
import { TextTail } from './text-tail.ts';
import { SpinnerReader } from './spinner.ts';

export interface ClientOptions {
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** The client is ended when it has not ended by itself until then. */
  readonly limitMs: number;
  /** The client is ended when its progress has not changed for so long. */
  readonly silenceMs?: number;
  /** The client paints its progress; otherwise its standard output is what was asked for. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface ClientResult {
  /** As a person would type it. */
  readonly command: string;
  /** Undefined when we ended it: its outcome is unknown. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
}

/** No list of instances is as long as this; whatever is longer is no answer. */
const LONGEST_ANSWER = 2 * 2 ** 20;
const LONGEST_MESSAGE = 32 * 2 ** 10;
const LINES_KEPT = 20;

/**
 * Runs the Multipass client to its end. Ending it never cancels what it asked for: who gets no exit code
 * must look at what became of it. Fails with `multipass-missing`, `multipass-output-unreadable`, or AbortError.
 */
export async function runClient(
  file: string,
  args: readonly string[],
  clock: Clock,
  options: ClientOptions,
): Promise<ClientResult> {
  options.signal?.throwIfAborted();
  const command = quoteCommand(['multipass', ...args]);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const alarms = new Alarms(clock, options, end);
  options.signal?.addEventListener('abort', end, { once: true });
  const stdout = new TextTail(options.onProgress ? LONGEST_MESSAGE : LONGEST_ANSWER);
  const stderr = new TextTail(LONGEST_MESSAGE);
  const shown: string[] = [];
  const spinner = new SpinnerReader((progress) => {
    alarms.hear();
    shown.splice(0, shown.length - LINES_KEPT, progress.line);
    options.onProgress?.(progress);
  });
  try {
    const child = execa(file, args, {
      buffer: false,
      reject: false,
      // Its language and its proxies must not depend on how we were started: it talks to its daemon by gRPC.
      env: { LC_ALL: 'C.UTF-8', no_proxy: [process.env['no_proxy'], 'localhost,127.0.0.1'].filter(Boolean).join(',') },
      // It maps the directory that it runs in to one of the instance.
      cwd: path.parse(process.cwd()).root,
      stdin: options.input === undefined ? 'ignore' : 'pipe',
      ...(options.input === undefined ? {} : { input: options.input }),
      cancelSignal: ending.signal,
      forceKillAfterDelay: 2_000,
      windowsHide: true,
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout.append(text);
      if (options.onProgress) spinner.read(text);
      else if (stdout.overflowed) end();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.append(text));
    const result = await child;
    options.signal?.throwIfAborted();
    if (result.code === 'ENOENT') throw new AppError('multipass-missing', { cause: result });
    const printed = options.onProgress ? [...shown, ...linesOf(stderr.text)] : linesOf(stdout.text + stderr.text);
    const lines = printed.slice(-LINES_KEPT);
    if (stdout.overflowed && !options.onProgress) {
      throw new AppError('multipass-output-unreadable', { params: { command }, command, lines });
    }
    return { command, exitCode: result.exitCode, stdout: stdout.text, stderr: stderr.text, lines };
  } finally {
    alarms[Symbol.dispose]();
    options.signal?.removeEventListener('abort', end);
  }
}

const LONGEST_LINE = 500;

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd().slice(0, LONGEST_LINE))
    .filter((line) => line !== '');
}

/** Calls `end` at the limit, or after a silence. */
class Alarms implements Disposable {
  readonly #clock: Clock;
  readonly #silenceMs: number | undefined;
  readonly #end: () => void;
  readonly #limit: Disposable;
  #silence: Disposable | undefined;

  constructor(clock: Clock, { limitMs, silenceMs }: ClientOptions, end: () => void) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#end = end;
    this.#limit = clock.after(limitMs, end);
    this.hear();
  }

  hear(): void {
    this.#silence?.[Symbol.dispose]();
    if (this.#silenceMs !== undefined) this.#silence = this.#clock.after(this.#silenceMs, this.#end);
  }

  [Symbol.dispose](): void {
    this.#limit[Symbol.dispose]();
    this.#silence?.[Symbol.dispose]();
  }
}
