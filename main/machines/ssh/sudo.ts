import { AppError } from '#common/base/app-error.ts';
import type { CommandOptions, CommandResult } from '../../install/ssh-command.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';
import { sudoCommand } from '../../install/ssh-sudo.ts';

/** How a user who logged in gets things done as root. */
export interface RootAccess {
  /** `password` when sudo asked for one; undefined for root itself. */
  readonly sudo: 'free' | 'password' | undefined;
  readonly run: (argv: readonly string[], options: CommandOptions) => Promise<CommandResult>;
}

const NOT_FOUND = 127;

/** Fails with `sudo-password-needed` or `sudo-denied`. The password is written to sudo, and nowhere else. */
export async function becomeRoot(
  connection: SshConnection,
  host: string,
  password: string | undefined,
  signal: AbortSignal,
): Promise<RootAccess> {
  const { user } = connection.target;
  const { stdout } = await connection.run(['id', '-u'], { signal });
  if (stdout.trim() === '0') return { sudo: undefined, run: (argv, options) => connection.run(argv, options) };

  const denied = (error: unknown): AppError => {
    const known = AppError.from(error);
    if (known.code !== 'remote-command-failed') return known;
    const { command, lines } = known;
    return new AppError('sudo-denied', {
      params: { host, user },
      lines,
      ...(command === undefined ? {} : { command }),
      cause: error,
    });
  };
  const lines: string[] = [];
  const free = sudoCommand(['true'], false);
  const { exitCode } = await connection.run(free, {
    signal,
    accept: [0, 1, NOT_FOUND],
    onLine: (line) => lines.push(line),
  });
  if (exitCode === 0) {
    return { sudo: 'free', run: (argv, options) => connection.run(sudoCommand(argv, false), options) };
  }
  const detail = { params: { host, user }, command: free.join(' '), lines };
  if (exitCode === NOT_FOUND) throw new AppError('sudo-denied', detail);
  if (password === undefined) throw new AppError('sudo-password-needed', detail);
  const withPassword: RootAccess['run'] = (argv, options) =>
    connection.run(sudoCommand(argv, true), { ...options, input: `${password}\n` });
  await withPassword(['true'], { signal }).catch((error: unknown) => {
    throw denied(error);
  });
  return { sudo: 'password', run: withPassword };
}
