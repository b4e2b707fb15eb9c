import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, open as openFile, mkdtemp, rm, type FileHandle } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ssh2, { type Connection } from 'ssh2';
import { generateSshKeyPair } from '../../../main/install/ssh-key.ts';
import { until } from '../../support/until.ts';

interface SshAgent extends AsyncDisposable {
  readonly socket: string;
  forgetAll(): Promise<void>;
}

/** An SSH agent of its own that holds one key. */
export async function startAgent(key: string): Promise<SshAgent> {
  const directory = await mkdtemp(path.join(tmpdir(), 'agent-'));
  const socket = path.join(directory, 'socket');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  await expectFile(socket);
  const add = (...args: string[]) => execa('ssh-add', args, { env: { SSH_AUTH_SOCK: socket } });
  await add(key);
  return {
    socket,
    forgetAll: async () => {
      await add('-D');
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

const expectFile = (file: string): Promise<unknown> =>
  until(() =>
    access(file).then(
      () => true,
      () => false,
    ),
  );

interface OwnServer extends AsyncDisposable {
  readonly port: number;
  /** What was run on this computer. */
  readonly commands: readonly string[];
}

/** An SSH server on this computer that lets everybody run programs on it and read its files. */
export async function serveSsh(): Promise<OwnServer> {
  const commands: string[] = [];
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [generateSshKeyPair('host').privateKey] }, (client) => {
    connections.add(client);
    client.on('error', () => undefined);
    client.on('close', () => connections.delete(client));
    client.on('authentication', (request) => request.accept());
    client.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command);
        const channel = acceptExec();
        const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.once('close', (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
      session.on('sftp', (acceptSftp) => serveFiles(acceptSftp()));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.end();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

const { STATUS_CODE } = ssh2.utils.sftp;

/** Just enough of SFTP to read files. */
function serveFiles(sftp: ssh2.SFTPWrapper): void {
  const files = new Map<number, FileHandle>();
  let next = 0;
  const answer = (id: number, work: () => Promise<void>): void =>
    void work().catch(() => sftp.status(id, STATUS_CODE.NO_SUCH_FILE));
  sftp.on('STAT', (id, place) =>
    answer(id, async () => {
      await using file = await openFile(place);
      const { size, mode, uid, gid } = await file.stat();
      sftp.attrs(id, { size, mode, uid, gid, atime: 0, mtime: 0 });
    }),
  );
  sftp.on('OPEN', (id, place) =>
    answer(id, async () => {
      files.set(++next, await openFile(place));
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(next);
      sftp.handle(id, handle);
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, async () => {
      const { bytesRead, buffer } = await files
        .get(handle.readUInt32BE())!
        .read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      await files.get(handle.readUInt32BE())?.close();
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
}
