import { once } from 'node:events';
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '#common/base/app-error.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { Connection } from './connection.ts';
import { MAX_FRAME_BYTES, MAX_UNREAD_BYTES } from './limits.ts';
import { socketPath } from '../instance/socket-path.ts';

export interface LocalSocketOptions {
  readonly home: string;
  readonly handlers: WindowHandlers;
  readonly log: Log;
}

/**
 * The contract for commands on this computer: frames as lines of JSON over a socket that only its owner may open.
 * The caller owns the home, so whatever lies in the socket's place is a leftover.
 */
export async function serveLocalSocket({ home, handlers, log }: LocalSocketOptions): Promise<AsyncDisposable> {
  const file = socketPath(home);
  const conversations = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const ended = converse(socket, handlers, log).finally(() => {
      sockets.delete(socket);
      conversations.delete(ended);
    });
    conversations.add(ended);
  });
  const isPipe = process.platform === 'win32';
  if (!isPipe) {
    if (path.dirname(file) !== path.resolve(home)) await prepareDirectory(path.dirname(file));
    await rm(file, { force: true });
  }
  server.listen(file);
  await once(server, 'listening');
  if (!isPipe) await chmod(file, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, ...conversations]);
    },
  };
}

/** Of a folder that all share, only what nobody else has put there will do. */
async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(directory);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new AppError('home-not-writable', { params: { path: directory } });
  }
}

async function converse(socket: Socket, handlers: WindowHandlers, log: Log): Promise<void> {
  const connection = new Connection({
    handlers,
    log,
    peer: {
      send: (frame) => {
        socket.write(frame);
        socket.write('\n');
      },
      congested: () => socket.writableLength > MAX_UNREAD_BYTES,
    },
  });
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    // readline would gather a line without end.
    const end = chunk.lastIndexOf(0x0a);
    length = end < 0 ? length + chunk.length : chunk.length - end - 1;
    if (length > MAX_FRAME_BYTES) socket.destroy();
  });
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    if (!connection.receive(line)) socket.destroy();
  });
  socket.on('error', (error) => log.warn('a command was cut off', { error: describeError(error) }));
  await new Promise((resolve) => socket.once('close', resolve));
  lines.close();
  await connection.close();
}
