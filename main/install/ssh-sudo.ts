import type { Client, ClientChannel } from 'ssh2';
import { AppError } from '#common/base/app-error.ts';
import { unlessAborted } from '#common/base/abort.ts';
import { realClock } from '#common/base/clock.ts';
import { quoteCommand } from '#common/base/shell-quote.ts';
import type { SshTarget, SudoLogin } from '../machines/provider.ts';
import { logIn, openClient, type OpenClient, type SshCredential } from './ssh-handshake.ts';

/** Without its own settings, by which root may not log in; whoever may run it by sudo may do all that root may. */
const SSHD_OPTIONS = [
  'UsePAM yes',
  'PermitRootLogin prohibit-password',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'AuthorizedKeysFile .ssh/authorized_keys',
  'Subsystem sftp internal-sftp',
];
/** One SSH server for one connection on its standard input and output (sshd(8), -i). */
const SSHD = ['/usr/sbin/sshd', '-i', '-f', '/dev/null', ...SSHD_OPTIONS.flatMap((option) => ['-o', option])];
const PATIENCE_MS = 15_000;

/** What sudo prints when it wants a password: the second time, the first one was wrong. */
const PROMPT = '[password]';

/** How `sudo` is called: never with what it remembers, so that it is known whether it reads a password. */
export function sudoCommand(argv: readonly string[], withPassword: boolean): readonly string[] {
  const asking = withPassword ? ['-S', '-p', PROMPT] : ['-n'];
  return ['env', 'LC_ALL=C', 'sudo', '-k', '-H', ...asking, '--', ...argv];
}

/**
 * A client that is root on the machine though its SSH server does not let root in: within the connection of a user
 * that may become root by sudo, it speaks with an SSH server of its own.
 */
export async function openRootClient(
  target: SshTarget,
  sudo: SudoLogin,
  credential: SshCredential,
  signal: AbortSignal,
): Promise<OpenClient> {
  const { sudo: _, ...direct } = target;
  const password = sudo.password?.();
  const outer = await openClient({ ...direct, user: sudo.user }, credential, signal);
  try {
    const command = sudoCommand(SSHD, password !== undefined);
    const server = await unlessAborted(startServer(outer.client, command, password, target, sudo.user), signal);
    // What it shows as its key is of no account: the connection that it is spoken with through has proven it.
    const { client } = await logIn(server, { host: target.host, port: target.port, user: 'root' }, credential, signal);
    outer.client.on('error', () => undefined);
    outer.client.on('close', () => client.destroy());
    client.on('close', () => outer.client.end());
    return { ...outer, client };
  } catch (error) {
    outer.client.on('error', () => undefined);
    outer.client.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

/** Resolves when the server speaks; nothing is read of it yet. */
function startServer(
  client: Client,
  command: readonly string[],
  password: string | undefined,
  { host }: SshTarget,
  user: string,
): Promise<ClientChannel> {
  const line = quoteCommand(command);
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const refuse = (): void => {
      alarm[Symbol.dispose]();
      const lines = said.join('').replaceAll(PROMPT, '').trim().split('\n').slice(-20);
      reject(new AppError('sudo-denied', { params: { host, user }, command: line, lines }));
    };
    const alarm = realClock.after(PATIENCE_MS, refuse);
    client.exec(line, (error, channel) => {
      if (error) {
        refuse();
        return;
      }
      const listen = (chunk: Buffer): void => {
        said.push(chunk.toString());
        if (said.join('').split(PROMPT).length > 2) refuse();
      };
      channel.stderr.on('data', listen);
      channel.once('close', refuse);
      // Not before it speaks: until then it is sudo that listens, and would take what we say for a password.
      channel.once('readable', () => {
        if (channel.readableLength === 0) return;
        alarm[Symbol.dispose]();
        channel.removeListener('close', refuse);
        channel.stderr.removeListener('data', listen);
        channel.stderr.resume();
        resolve(channel);
      });
      if (password !== undefined) channel.write(`${password}\n`);
    });
  });
}
