import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { abortReason } from '#common/base/abort.ts';
import { AppError } from '#common/base/app-error.ts';
import type { SshTarget } from '../machines/provider.ts';

const PATIENCE_MS = 10_000;
const KEEPALIVE_MS = 10_000;

/** By what a user proves to be the one. */
export type SshCredential =
  | { readonly privateKey: string | Buffer; readonly passphrase?: string }
  /** The socket (SSH_AUTH_SOCK) or pipe of an SSH agent. */
  | { readonly agent: string };

interface LoggedIn {
  readonly client: Client;
  readonly hostKey: string;
}

export interface OpenClient extends LoggedIn {
  /** The address of this computer that the connection comes from. */
  readonly localAddress: string;
}

/** Connects, checks the server's key against the pinned ones, and logs in. */
export async function openClient(
  target: SshTarget,
  credential: SshCredential,
  signal: AbortSignal,
): Promise<OpenClient> {
  const socket = await openSocket(target.host, target.port, signal);
  const { localAddress = '' } = socket;
  return { ...(await logIn(socket, target, credential, signal)), localAddress };
}

/** Speaks SSH with whoever is at the other end of `socket`, which ends with the client. */
export async function logIn(
  socket: Duplex,
  target: SshTarget,
  credential: SshCredential,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const { host, port, user } = target;
  const client = new ssh2.Client();
  const server: { key: string; isStranger: boolean } = { key: '', isStranger: false };
  try {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(abortReason(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      const settle = (finish: () => void) => (): void => {
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      client.once('ready', settle(resolve));
      client.once('error', (error) => settle(() => reject(error))());
      client.once(
        'close',
        settle(() => reject(new Error('the connection was closed'))),
      );
      client.connect({
        sock: socket,
        username: user,
        ...credential,
        readyTimeout: PATIENCE_MS,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: 3,
        algorithms: { serverHostKey: preferredAlgorithms(target.hostKeys ?? []) },
        hostVerifier: (key: Buffer) => {
          server.key = formatHostKey(key);
          server.isStranger = !(target.hostKeys ?? [server.key]).some((pinned) => sameKey(pinned, server.key));
          return !server.isStranger;
        },
      });
    });
    client.removeAllListeners();
    return { client, hostKey: server.key };
  } catch (error) {
    // Whatever it still has to say is of no interest, but must not go unheard.
    client.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    if (server.isStranger) throw new AppError('ssh-host-key-changed', { params: { host }, cause: error });
    if (error instanceof Error && 'level' in error && error.level === 'client-authentication') {
      throw new AppError('ssh-refused', { params: { host, user }, cause: error });
    }
    throw unreachable(host, port, error);
  }
}

async function openSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true, timeout: PATIENCE_MS });
  const onAbort = (): void => void socket.destroy(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => socket.destroy(new Error('no answer in 10 s')));
    });
    // From here on silence is normal; keepalives tell whether the other side is there.
    socket.setTimeout(0);
    socket.removeAllListeners();
    return socket;
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(host, port, error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function unreachable(host: string, port: number, error: unknown): AppError {
  const known = error instanceof Error ? error : new Error(String(error));
  const reason = 'code' in known && typeof known.code === 'string' ? known.code : known.message;
  return new AppError('ssh-unreachable', { params: { host, port, reason }, cause: error });
}

/** Two public key lines are the same key when type and value are; the comment is nobody's proof. */
function sameKey(left: string, right: string): boolean {
  const essence = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ');
  return essence(left) === essence(right);
}

/** The key's own type comes first in the bytes that the server sends (RFC 4253, section 6.6). */
function formatHostKey(key: Buffer): string {
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  return `${type} ${key.toString('base64')}`;
}

/** The signatures that a key of each type can give (RFC 8332 for RSA). */
const HOST_KEY_ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

interface AlgorithmChanges {
  prepend: ServerHostKeyAlgorithm[];
  append: ServerHostKeyAlgorithm[];
  remove: ServerHostKeyAlgorithm[];
}

/** Asks first for keys of the pinned types: a server may have several and would choose by its own order. */
function preferredAlgorithms(pinned: readonly string[]): AlgorithmChanges {
  const types = pinned.map((line) => line.trim().split(/\s+/)[0] ?? '');
  return { prepend: types.flatMap((type) => HOST_KEY_ALGORITHMS[type] ?? []), append: [], remove: [] };
}
