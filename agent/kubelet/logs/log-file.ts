import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

const CHUNK = 64 * 1024;

/** One open log file, read forwards. Bytes are read as latin1, so that no text is damaged. */
export class LogFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #inode: number;
  #position: number;
  #rest = '';

  private constructor(file: string, handle: FileHandle, inode: number, position: number) {
    this.#file = file;
    this.#handle = handle;
    this.#inode = inode;
    this.#position = position;
  }

  /** Opens the file at its beginning, or where its last `tailLines` begin. */
  static async open(file: string, tailLines?: number): Promise<LogFile> {
    const handle = await open(file);
    const { ino, size } = await handle.stat();
    const start = tailLines === undefined ? 0 : await findTail(handle, size, tailLines);
    return new LogFile(file, handle, ino, start);
  }

  /** The whole lines from here to the present end of the file. */
  async *lines(): AsyncIterable<string> {
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await this.#handle.read(buffer, 0, CHUNK, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const parts = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = parts.pop() ?? '';
      yield* parts;
    }
  }

  /** Another file has taken this one's name: the log was rotated. */
  async isReplaced(): Promise<boolean> {
    const found = await stat(this.#file).catch(() => undefined);
    return found !== undefined && found.ino !== this.#inode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Where the last `count` lines begin. */
async function findTail(handle: FileHandle, size: number, count: number): Promise<number> {
  if (count === 0) return size;
  const buffer = Buffer.alloc(CHUNK);
  let found = 0;
  for (let end = size; end > 0; end = Math.max(0, end - CHUNK)) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    for (let index = bytesRead - 1; index >= 0; index--) {
      // The end of the last line begins no line.
      if (buffer[index] !== 10 || start + index === size - 1) continue;
      found++;
      if (found === count) return start + index + 1;
    }
  }
  return 0;
}

/** Tells when something happens in the file's directory: more was written, or the file was replaced. */
export function watchLog(file: string, changed: () => void): Disposable {
  const watcher = watch(path.dirname(file), { persistent: false }, changed);
  watcher.on('error', changed);
  return { [Symbol.dispose]: () => watcher.close() };
}
