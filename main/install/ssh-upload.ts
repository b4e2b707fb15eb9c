import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { quoteCommand } from '#common/base/shell-quote.ts';
import { localFileDigest } from './file-digest.ts';
import { remoteFiles, type RemoteFiles } from './remote-files.ts';
import { runCommand } from './ssh-command.ts';
import type { Channels } from './ssh-connection.ts';
import { openSource } from './upload-source.ts';

export interface UploadOptions {
  readonly mode: number;
  readonly signal: AbortSignal;
  /** Hears how many of how many bytes are there. */
  readonly onProgress?: (there: number, total: number) => void;
}

export interface UploadResult {
  /** False when the machine had the file already. */
  readonly changed: boolean;
  /** Bytes that went over the wire. */
  readonly sent: number;
}

// About the largest write that OpenSSH takes, and enough of them on the way to hide the round trips.
const CHUNK_BYTES = 250_000;
const CHUNKS_IN_FLIGHT = 8;
/** Up to this size it is quicker to read a file than to have a program started on the machine. */
const SMALL_BYTES = 256 * 1024;

export async function uploadFile(
  channels: Channels,
  source: string | Uint8Array,
  remotePath: string,
  options: UploadOptions,
): Promise<UploadResult> {
  const ended = AbortSignal.any([options.signal, channels.lost]);
  ended.throwIfAborted();
  try {
    return await untilAborted(ended, upload(channels, source, remotePath, { ...options, signal: ended }));
  } catch (error) {
    ended.throwIfAborted();
    await requireSpace(channels, source, remotePath, ended);
    const reason = error instanceof Error ? error.message : String(error);
    const file = path.posix.basename(remotePath);
    throw new AppError('upload-failed', { params: { host: channels.host, file, reason }, cause: error });
  }
}

/** SFTP has no word for a full disk: whether it is one is looked up. Fails with `disk-short`. */
async function requireSpace(
  channels: Channels,
  source: string | Uint8Array,
  remotePath: string,
  signal: AbortSignal,
): Promise<void> {
  const directory = path.posix.dirname(remotePath);
  const argv = ['df', '--output=avail', '--block-size=1', directory];
  const { stdout } = await runCommand(channels, argv, { signal, accept: [0, 1] });
  const available = Number(stdout.trim().split('\n').at(-1) || Infinity);
  const needed = typeof source === 'string' ? (await stat(source)).size : source.length;
  // What is left is less than what a write takes at once.
  if (!(available < Math.min(needed, CHUNK_BYTES))) return;
  throw new AppError('disk-short', {
    params: { path: `${channels.host}:${directory}`, available: megabytes(available), needed: megabytes(needed) },
    command: quoteCommand(argv),
    lines: stdout.trim().split('\n'),
  });
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`;

async function upload(
  channels: Channels,
  source: string | Uint8Array,
  remotePath: string,
  options: UploadOptions,
): Promise<UploadResult> {
  const files = remoteFiles(await channels.files());
  const wanted = typeof source === 'string' ? await localFileDigest(source) : digestOf(source);
  const { signal, mode } = options;
  if ((await remoteDigest(channels, remotePath, signal)) === wanted) {
    await files.chmod(remotePath, mode);
    return { changed: false, sent: 0 };
  }
  await files.makeDirectory(path.posix.dirname(remotePath));
  // Named by its content: what is in it is the beginning of this very file and no other.
  const partial = `${remotePath}.partial-${wanted.slice(0, 16)}`;
  let sent = await sendRest(files, source, partial, options);
  if ((await remoteDigest(channels, partial, signal)) !== wanted) {
    // The beginning was damaged, as by a machine that lost power: once more, from nothing.
    await files.remove(partial);
    sent += await sendRest(files, source, partial, options);
    const found = await remoteDigest(channels, partial, signal);
    if (found !== wanted) throw new Error(`the checksum is ${found ?? 'missing'}, not ${wanted}`);
  }
  await files.chmod(partial, mode);
  await files.replace(partial, remotePath);
  return { changed: true, sent };
}

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The SHA-256 of a file on the machine; undefined when there is none. */
export async function remoteDigest(
  channels: Channels,
  remotePath: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const files = remoteFiles(await channels.files());
  const size = await files.size(remotePath);
  if (size === undefined) return undefined;
  if (size <= SMALL_BYTES) return digestOf(await files.read(remotePath));
  const { stdout } = await runCommand(channels, ['sha256sum', '--', remotePath], { signal });
  // A leading backslash says that the name is escaped (sha256sum(1)).
  return /^\\?([0-9a-f]{64}) /.exec(stdout)?.[1];
}

/** The whole of a small file on the machine; undefined when there is none. */
export async function readRemote(
  channels: Channels,
  remotePath: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const ended = AbortSignal.any([signal, channels.lost]);
  ended.throwIfAborted();
  const read = async (): Promise<Buffer | undefined> => {
    const files = remoteFiles(await channels.files());
    return (await files.size(remotePath)) === undefined ? undefined : files.read(remotePath);
  };
  return untilAborted(ended, read());
}

/** Sends what the machine does not have yet of the file. Gives the number of bytes sent. */
async function sendRest(
  files: RemoteFiles,
  source: string | Uint8Array,
  partial: string,
  { signal, onProgress }: UploadOptions,
): Promise<number> {
  await using local = await openSource(source);
  // Nobody but the owner may read it until its mode is set: it may be a secret.
  const remote = await files.openForWriting(partial, 0o600);
  const start = Math.min(remote.size, local.size);
  let there = start;
  onProgress?.(there, local.size);
  const onTheWay = new Set<Promise<void>>();
  try {
    // Chunks leave one after the other, and the server takes the requests of a session in their order: so what is
    // there is always a beginning of the file, without holes, wherever it is cut off.
    for (let position = start; position < local.size; position += CHUNK_BYTES) {
      const chunk = await local.read(position, Math.min(CHUNK_BYTES, local.size - position));
      signal.throwIfAborted();
      const written = remote.write(chunk, position).then(() => {
        onTheWay.delete(written);
        there += chunk.length;
        onProgress?.(there, local.size);
      });
      // Heard below, if not this one then the one that failed first.
      written.catch(() => undefined);
      onTheWay.add(written);
      if (onTheWay.size >= CHUNKS_IN_FLIGHT) await Promise.race(onTheWay);
    }
    await Promise.all(onTheWay);
  } catch (error) {
    // Nobody waits for it: a connection that broke does not answer.
    remote.close().catch(() => undefined);
    throw error;
  }
  await remote.close();
  return there - start;
}

/** Requests on a connection that breaks may never be answered. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
