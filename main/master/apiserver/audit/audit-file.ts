import { constants } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import type { Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';

const FLUSH_AFTER_MS = 1000;
const FLUSH_FROM_BYTES = 256 * 1024;
/** What waits for a disk that does not keep up; more is dropped, and counted. */
const BUFFER_LIMIT = 8 * 1024 * 1024;
const FILE_LIMIT = 20 * 1024 * 1024;
/** `audit.log.1` is the newest of the older files, `audit.log.5` the last. */
const OLDER_FILES = 5;

/** Lines on their way to a file, which is replaced when it is full. Nobody who logs waits for the disk. */
export class AuditFile implements AsyncDisposable {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #handle: FileHandle;
  #size: number;
  #lines: string[] = [];
  #buffered = 0;
  #dropped = 0;
  #closed = false;
  #timer: Disposable | undefined;
  #writing: Promise<void> | undefined;

  private constructor(path: string, handle: FileHandle, size: number, clock: Clock, log: Log) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
    this.#clock = clock;
    this.#log = log;
  }

  /** Appends to the file, which only its owner can read. Rejects with the system's error. */
  static async open(path: string, clock: Clock, log: Log): Promise<AuditFile> {
    const handle = await openFile(path);
    return new AuditFile(path, handle, (await handle.stat()).size, clock, log);
  }

  write(line: string): void {
    // What controllers were still doing when the master stopped.
    if (this.#closed) return;
    if (this.#buffered > BUFFER_LIMIT) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#buffered += line.length + 1;
    if (this.#writing) return;
    if (this.#buffered >= FLUSH_FROM_BYTES) void this.flush();
    else this.#timer ??= this.#clock.after(FLUSH_AFTER_MS, () => void this.flush());
  }

  /** Resolves when everything that was written so far is in the file. */
  async flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined));
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.flush();
    await this.#handle.close();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#lines.length > 0) {
        const bytes = Buffer.from(`${this.#lines.join('\n')}\n`, 'utf8');
        this.#lines = [];
        this.#buffered = 0;
        if (this.#size > 0 && this.#size + bytes.length > FILE_LIMIT) await this.#rotate();
        await this.#handle.appendFile(bytes);
        this.#size += bytes.length;
      }
      if (this.#dropped > 0) this.#log.warn('audit events were dropped', { count: this.#dropped });
      this.#dropped = 0;
    } catch (error) {
      // The cluster goes on without its log rather than not at all.
      this.#log.error('the audit log cannot be written', { error: describeError(error) });
    }
  }

  async #rotate(): Promise<void> {
    await this.#handle.close();
    for (let number = OLDER_FILES; number >= 1; number--) {
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
