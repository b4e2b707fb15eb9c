import { createHash } from 'node:crypto';
import type { Client, SFTPWrapper } from 'ssh2';
import { AppError } from '#common/base/app-error.ts';
import type { SshTarget } from '../machines/provider.ts';
import { Limiter } from './limiter.ts';
import { openForwarding, type Forwarding } from './ssh-forwarding.ts';
import { runCommand, type CommandOptions, type CommandResult } from './ssh-command.ts';
import { openClient, type SshCredential } from './ssh-handshake.ts';
import { openRootClient } from './ssh-sudo.ts';
import { readRemote, remoteDigest, uploadFile, type UploadOptions, type UploadResult } from './ssh-upload.ts';

/** A logged-in SSH connection. Commands and uploads may run side by side on it. */
export interface SshConnection extends AsyncDisposable {
  readonly target: SshTarget;
  /** The public key that the server proved to have, as one line: to be pinned where it was not known. */
  readonly hostKey: string;
  /** The address of this computer that the connection comes from. */
  readonly localAddress: string;
  /** True once the connection has ended, by us or by the network. */
  readonly closed: boolean;

  /**
   * Runs a program of the machine, each argument exactly as given.
   * Fails with `remote-command-failed` when it ends with a code that is not accepted.
   */
  run(argv: readonly string[], options: CommandOptions): Promise<CommandResult>;

  /**
   * Puts a local file, or these bytes, in place on the machine in one move, once the SHA-256 was found right
   * there. What the machine has already is not sent; what was cut off is gone on with. Fails with `upload-failed`.
   */
  upload(source: string | Uint8Array, remotePath: string, options: UploadOptions): Promise<UploadResult>;

  /**
   * Leads a port of the machine's loopback to one of ours, as long as the connection lasts. Fails with
   * `tunnel-refused`.
   */
  forward(to: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Forwarding>;

  /** A small file of the machine, such as those of /proc; undefined when there is none. */
  read(remotePath: string, signal: AbortSignal): Promise<string | undefined>;

  /** The SHA-256 of a file of the machine; undefined when there is none. */
  digest(remotePath: string, signal: AbortSignal): Promise<string | undefined>;

  /** Whether a file of the machine has exactly this content. */
  holds(content: string | Uint8Array, remotePath: string, signal: AbortSignal): Promise<boolean>;
}

/** OpenSSH has places for ten (sshd_config(5), MaxSessions), and takes its time to clear one that was left. */
const SESSIONS_AT_ONCE = 4;

/**
 * Logs in, with a private key of ours or what the user has. The server must prove to have one of `target.hostKeys`,
 * when there are any. Fails with `ssh-unreachable`, `ssh-refused` or `ssh-host-key-changed`, and where root is become
 * by sudo with `sudo-denied`.
 */
export async function connectSsh(
  target: SshTarget,
  login: string | SshCredential,
  signal: AbortSignal,
): Promise<SshConnection> {
  const credential = typeof login === 'string' ? { privateKey: login } : login;
  const { client, hostKey, localAddress } = await (target.sudo
    ? openRootClient(target, target.sudo, credential, signal)
    : openClient(target, credential, signal));
  const lost = new AbortController();
  const loseWith = (reason: string): void => {
    const { host, port } = target;
    lost.abort(new AppError('ssh-unreachable', { params: { host, port, reason } }));
  };
  client.on('error', (error) => loseWith(error.message));
  client.on('close', () => loseWith('the connection was closed'));

  let files: Promise<SFTPWrapper> | undefined;
  const channels: Channels = {
    client,
    host: target.host,
    lost: lost.signal,
    sessions: new Limiter(SESSIONS_AT_ONCE),
    files: () => {
      files ??= openFiles(client).catch((error: unknown) => {
        files = undefined;
        throw error;
      });
      return files;
    },
  };
  return {
    target,
    hostKey,
    localAddress,
    get closed() {
      return lost.signal.aborted;
    },
    run: (argv, options) => runCommand(channels, argv, options),
    upload: (source, remotePath, options) => uploadFile(channels, source, remotePath, options),
    forward: (to, signal) => openForwarding(channels, to, signal),
    read: async (remotePath, signal) => (await readRemote(channels, remotePath, signal))?.toString(),
    digest: (remotePath, signal) => remoteDigest(channels, remotePath, signal),
    holds: async (content, remotePath, signal) =>
      (await remoteDigest(channels, remotePath, signal)) === createHash('sha256').update(content).digest('hex'),
    [Symbol.asyncDispose]: () => end(client, lost.signal),
  };
}

/** What commands and uploads need of a connection. */
export interface Channels {
  readonly client: Client;
  readonly host: string;
  /** Aborts, with the error to report, when the connection is gone. */
  readonly lost: AbortSignal;
  /** How many commands may run at once. */
  readonly sessions: Limiter;
  /** The machine's files, through one SFTP session that lives as long as the connection. */
  files(): Promise<SFTPWrapper>;
}

function openFiles(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, session) => {
      if (error) {
        reject(error);
        return;
      }
      // Requests hear of their own failures, and the connection of its end.
      session.on('error', () => undefined);
      resolve(session);
    });
  });
}

async function end(client: Client, lost: AbortSignal): Promise<void> {
  if (lost.aborted) return;
  await new Promise<void>((resolve) => {
    lost.addEventListener('abort', () => resolve(), { once: true });
    // Without a goodbye: a peer that is gone, as after sleep, would never answer it.
    client.destroy();
  });
}
