import type { ClientChannel } from 'ssh2';
import { abortReason, isAborted } from '#common/base/abort.ts';
import { AppError } from '#common/base/app-error.ts';
import { realClock, type Clock } from '#common/base/clock.ts';
import { quoteCommand } from '#common/base/shell-quote.ts';
import { lineSplitter } from './line-splitter.ts';
import type { Channels } from './ssh-connection.ts';

export interface CommandOptions {
  readonly signal: AbortSignal;
  readonly input?: string | Uint8Array;
  /** Hears every line of both streams as it comes. */
  readonly onLine?: (line: string) => void;
  /** Gives up when the command prints nothing for this long (60 s); never because it takes long. */
  readonly silenceMs?: number;
  /** Exit codes that are no failure: only 0 unless said otherwise. */
  readonly accept?: readonly number[];
  readonly clock?: Clock;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
}

const SILENCE_MS = 60_000;
const MAX_OUTPUT = 8 * 2 ** 20;
const KEPT_LINES = 20;

export function runCommand(
  channels: Channels,
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return channels.sessions.run(() => runInSession(channels, argv, options));
}

async function runInSession(
  { client, host, lost }: Channels,
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const command = quoteCommand(argv);
  const ended = AbortSignal.any([options.signal, lost]);
  ended.throwIfAborted();
  const lines: string[] = [];
  const failure = (reason: string): AppError =>
    new AppError('remote-command-failed', { params: { host, reason }, command, lines });
  const keepLine = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onLine?.(line);
  };
  // Without input of ours the program reads nothing; but our end stays open: signals can be sent only then.
  const line = options.input === undefined ? `${command} < /dev/null` : command;
  const start = (): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      client.exec(line, (error, channel) => {
        if (error) reject(error);
        // At once: what a quick program has to say may have come together with the channel.
        else follow(channel, { ...options, onLine: keepLine }, ended).then(resolve, reject);
      });
    });
  const outcome = await start().catch((error: unknown) => {
    ended.throwIfAborted();
    throw failure(error instanceof Error ? error.message : String(error));
  });
  const { reason, exitCode, stdout } = outcome;
  if (exitCode === undefined) throw failure(reason);
  if (!(options.accept ?? [0]).includes(exitCode)) throw failure(`exit code ${exitCode}`);
  return { exitCode, stdout };
}

interface Outcome {
  /** Undefined when the program did not come to its own end. */
  readonly exitCode?: number;
  /** Why it did not. */
  readonly reason: string;
  readonly stdout: string;
}

/** Feeds the program and hears it out. Rejects only when `ended` aborts. */
function follow(
  channel: ClientChannel,
  { input, onLine, silenceMs = SILENCE_MS, clock = realClock }: CommandOptions,
  ended: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    let received = 0;
    let exitCode: number | undefined;
    let reason = 'the channel was closed';
    let alarm: Disposable | undefined;
    const settle = (finish: () => void): void => {
      alarm?.[Symbol.dispose]();
      ended.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = (): void => {
      abandon(channel);
      settle(() => reject(abortReason(ended)));
    };
    const giveUp = (why: string): void => {
      abandon(channel);
      settle(() => resolve({ reason: why, stdout: '' }));
    };
    const expectOutput = (): void => {
      alarm?.[Symbol.dispose]();
      alarm = clock.after(silenceMs, () => giveUp(`no output for ${Math.round(silenceMs / 1_000)} s`));
    };
    const hear = (stream: NodeJS.ReadableStream, onChunk: (chunk: Buffer) => void): void => {
      const splitter = lineSplitter((line) => onLine?.(line));
      stream.on('data', (chunk: Buffer) => {
        expectOutput();
        splitter.push(chunk);
        onChunk(chunk);
      });
      stream.on('end', () => splitter.end());
    };
    if (isAborted(ended)) {
      onAbort();
      return;
    }
    ended.addEventListener('abort', onAbort, { once: true });
    expectOutput();
    hear(channel, (chunk) => {
      received += chunk.length;
      stdout.push(chunk);
      if (received > MAX_OUTPUT) giveUp(`more than ${MAX_OUTPUT} bytes of output`);
    });
    hear(channel.stderr, () => undefined);
    channel.on('exit', (code: number | null, signalName?: string) => {
      if (code === null) reason = signalName ?? reason;
      else exitCode = code;
    });
    channel.on('close', () =>
      settle(() =>
        resolve({ ...(exitCode === undefined ? {} : { exitCode }), reason, stdout: Buffer.concat(stdout).toString() }),
      ),
    );
    if (input !== undefined) channel.end(input);
  });
}

/**
 * Asks the program to end and lets go of the channel. OpenSSH passes no signals on to programs of root: those go
 * on to their own end, or to their next output, and whoever runs them again must bear that.
 */
function abandon(channel: ClientChannel): void {
  channel.on('error', () => undefined);
  channel.signal('TERM');
  channel.close();
}
