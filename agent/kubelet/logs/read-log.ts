import { isAborted } from '#common/base/abort.ts';
import type { Clock } from '#common/base/clock.ts';
import { LogFile, watchLog } from './log-file.ts';
import type { LogOptions } from './log-options.ts';
import { LogFormatter } from './log-formatter.ts';

export interface LogSource {
  readonly file: string;
  /** Whether the container can still write. Asked again when `changed` is told. */
  isRunning(): Promise<boolean>;
  /** Tells when the container may have ended. */
  onExit(listener: () => void): Disposable;
}

/**
 * A container's log as its reader asked for it, as bytes. With `follow` it goes on, through rotations of the
 * file, until the container has ended or the signal aborts.
 */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  const formatter = new LogFormatter(options, clock.now());
  let wake = Promise.withResolvers<void>();
  const changed = (): void => wake.resolve();
  // Watching begins before the first reading, so that nothing falls in between.
  using _watch = options.follow ? watchLog(source.file, changed) : undefined;
  using _exit = options.follow ? source.onExit(changed) : undefined;
  signal.addEventListener('abort', changed, { once: true });
  let file = await LogFile.open(source.file, options.tailLines);
  try {
    while (!isAborted(signal)) {
      wake = Promise.withResolvers<void>();
      // Asked before reading: what is written until the end is then read for certain.
      const goesOn = options.follow && (await source.isRunning());
      const replaced = await file.isReplaced();
      for await (const text of formatted(file, formatter)) yield Buffer.from(text, 'latin1');
      if (formatter.isFull) return;
      if (replaced) {
        await file[Symbol.asyncDispose]();
        file = await LogFile.open(source.file);
        continue;
      }
      if (!goesOn) return;
      await wake.promise;
    }
  } finally {
    signal.removeEventListener('abort', changed);
    await file[Symbol.asyncDispose]();
  }
}

const BATCH = 32 * 1024;

/** Lines in batches: one chunk per line would cost more than the lines. */
async function* formatted(file: LogFile, formatter: LogFormatter): AsyncIterable<string> {
  let batch = '';
  for await (const line of file.lines()) {
    batch += formatter.format(line);
    if (formatter.isFull) break;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}
