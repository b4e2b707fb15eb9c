import { constants } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { describeError, type Log } from './log.ts';

const FLUSH_AFTER_MS = 1000;
const FLUSH_FROM_BYTES = 256 * 1024;
/** What waits for a disk that does not keep up; more is dropped, and counted. */
const BUFFER_LIMIT = 8 * 1024 * 1024;

export interface RotatedFileOptions {
  /** Bytes; a fuller file is put aside. */
  readonly limit: number;
  /** How many of those are kept: `<path>.1` is the newest of them. */
  readonly older: number;
  readonly clock: Clock;
  /** Hears of what could not be written. */
  readonly log: Log;
}

/** Lines on their way to a file, which is replaced when it is full. Nobody who logs waits for the disk. */
export class RotatedFile implements AsyncDisposable {
  readonly #path: string;
  readonly #options: RotatedFileOptions;
  #handle: FileHandle;
  #size: number;
  #lines: string[] = [];
  #buffered = 0;
  #dropped = 0;
  #timer: Disposable | undefined;
  #closed = false;
  #writing: Promise<void> | undefined;

  private constructor(path: string, handle: FileHandle, size: number, options: RotatedFileOptions) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
    this.#options = options;
  }

  /** Appends to the file, which only its owner can read. Rejects with the system's error. */
  static async open(path: string, options: RotatedFileOptions): Promise<RotatedFile> {
    const handle = await openFile(path);
    return new RotatedFile(path, handle, (await handle.stat()).size, options);
  }

  /** What comes after its disposal is nobody's any more. */
  write(line: string): void {
    if (this.#closed) return;
    if (this.#buffered > BUFFER_LIMIT) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#buffered += line.length + 1;
    if (this.#writing) return;
    if (this.#buffered >= FLUSH_FROM_BYTES) void this.flush();
    else this.#flushSoon();
  }

  /** Resolves when everything that was written so far is in the file. */
  async flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    do {
      this.#writing ??= this.#drain().finally(() => {
        this.#writing = undefined;
        // They came when it had looked for the last time.
        if (this.#lines.length > 0 && !this.#closed) this.#flushSoon();
      });
      await this.#writing;
    } while (this.#lines.length > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.flush();
    await this.#handle.close();
  }

  #flushSoon(): void {
    this.#timer ??= this.#options.clock.after(FLUSH_AFTER_MS, () => void this.flush());
  }

  async #drain(): Promise<void> {
    try {
      while (this.#lines.length > 0) {
        const bytes = Buffer.from(`${this.#lines.join('\n')}\n`, 'utf8');
        this.#lines = [];
        this.#buffered = 0;
        if (this.#size > 0 && this.#size + bytes.length > this.#options.limit) await this.#rotate();
        await this.#handle.appendFile(bytes);
        this.#size += bytes.length;
      }
      if (this.#dropped > 0) this.#options.log.warn('lines were dropped', { file: this.#path, count: this.#dropped });
      this.#dropped = 0;
    } catch (error) {
      // Whoever logs goes on without its log rather than not at all.
      this.#options.log.error('a log cannot be written', { file: this.#path, error: describeError(error) });
    }
  }

  async #rotate(): Promise<void> {
    await this.#handle.close();
    for (let number = this.#options.older; number >= 1; number--) {
      const from = number === 1 ? this.#path : `${this.#path}.${number - 1}`;
      await rename(from, `${this.#path}.${number}`).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
    }
    this.#handle = await openFile(this.#path);
    this.#size = 0;
  }
}

/** Never through a link that someone else put there. */
function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
}
