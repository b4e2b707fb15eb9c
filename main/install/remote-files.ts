import path from 'node:path';
import ssh2, { type SFTPWrapper, type Stats } from 'ssh2';

/** The few file operations that uploads need, over one SFTP session (draft-ietf-secsh-filexfer-02). */
export interface RemoteFiles {
  /** Undefined when there is no such file. */
  size(file: string): Promise<number | undefined>;
  /** The whole file, which may be one of those that the kernel makes up and gives no size. */
  read(file: string): Promise<Buffer>;
  /** Keeps what is in the file; makes it, with this mode, when it is not there. */
  openForWriting(file: string, mode: number): Promise<RemoteFile>;
  chmod(file: string, mode: number): Promise<void>;
  /** With all directories above it. */
  makeDirectory(directory: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Renames over whatever is there, in one move. */
  replace(from: string, to: string): Promise<void>;
}

export interface RemoteFile {
  /** When it was opened. */
  readonly size: number;
  write(chunk: Buffer, position: number): Promise<void>;
  close(): Promise<void>;
}

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const KEEP_AND_WRITE = OPEN_MODE.WRITE | OPEN_MODE.CREAT;

export function remoteFiles(session: SFTPWrapper): RemoteFiles {
  const size = async (file: string): Promise<number | undefined> => {
    try {
      return (await answer<Stats>((done) => session.stat(file, done))).size;
    } catch (error) {
      if (hasStatus(error, STATUS_CODE.NO_SUCH_FILE)) return undefined;
      throw error;
    }
  };
  const makeDirectory = async (directory: string): Promise<void> => {
    if ((await size(directory)) !== undefined) return;
    await makeDirectory(path.posix.dirname(directory));
    await answer<undefined>((done) => session.mkdir(directory, { mode: 0o755 }, done));
  };
  return {
    size,
    makeDirectory,
    read: async (file) => {
      const handle = await answer<Buffer>((done) => session.open(file, 'r', done));
      const parts: Buffer[] = [];
      for (let position = 0; ; position += parts.at(-1)!.length) {
        const part = await readPart(session, handle, position);
        if (part.length === 0) break;
        parts.push(part);
      }
      await answer<undefined>((done) => session.close(handle, done));
      return Buffer.concat(parts);
    },
    openForWriting: async (file, mode) => {
      const handle = await answer<Buffer>((done) => session.open(file, KEEP_AND_WRITE, { mode }, done));
      const stats = await answer<Stats>((done) => session.fstat(handle, done));
      return {
        size: stats.size,
        write: (chunk, position) =>
          answer<undefined>((done) => session.write(handle, chunk, 0, chunk.length, position, done)),
        close: () => answer<undefined>((done) => session.close(handle, done)),
      };
    },
    chmod: (file, mode) => answer<undefined>((done) => session.chmod(file, mode, done)),
    remove: (file) => answer<undefined>((done) => session.unlink(file, done)),
    replace: (from, to) => answer<undefined>((done) => session.ext_openssh_rename(from, to, done)),
  };
}

const PART_BYTES = 128 * 1024;

/** Nothing at the end of the file. */
function readPart(session: SFTPWrapper, handle: Buffer, position: number): Promise<Buffer> {
  const part = Buffer.alloc(PART_BYTES);
  return new Promise((resolve, reject) => {
    session.read(handle, part, 0, PART_BYTES, position, (error, length) => {
      if (!error) resolve(part.subarray(0, length));
      else if (hasStatus(error, STATUS_CODE.EOF)) resolve(Buffer.alloc(0));
      else reject(error);
    });
  });
}

function answer<T>(ask: (done: (error?: Error | null, value?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'code' in error && error.code === status;
}
