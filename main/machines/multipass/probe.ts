import { AppError } from '#common/base/app-error.ts';
import { questionError } from './app-errors.ts';
import type { MultipassCommands } from './commands.ts';
import { isReachable } from './drivers.ts';

/** The first with `stop --force`, without which a machine in an unknown state cannot be helped. */
const OLDEST = [1, 14] as const;

export interface Versions {
  readonly client: string;
  /** Undefined when the daemon does not answer us. */
  readonly daemon: string | undefined;
}

/** Fails with `multipass-missing` or `multipass-too-old`. */
export async function requireVersion(commands: MultipassCommands, signal: AbortSignal): Promise<Versions> {
  const versions = await commands.version(signal).catch((error: unknown) => {
    throw questionError(error);
  });
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)\./.exec(versions.client) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST;
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  if (isOld) {
    throw new AppError('multipass-too-old', {
      params: { found: versions.client, needed: OLDEST.join('.') },
      command: 'multipass version --format json',
      lines: [versions.client],
    });
  }
  return versions;
}

/** Fails with the reason why the daemon does not answer us, when it does not. */
export async function requireDaemon(
  commands: MultipassCommands,
  { daemon, client }: Versions,
  signal: AbortSignal,
): Promise<string> {
  if (daemon !== undefined) return daemon;
  try {
    await commands.states(signal);
    return client;
  } catch (error) {
    throw questionError(error);
  }
}

/** The driver in use. Fails with `multipass-driver-unsupported`. */
export async function requireDriver(commands: MultipassCommands, signal: AbortSignal): Promise<string> {
  const driver = await commands.driver(signal).catch((error: unknown) => {
    throw questionError(error);
  });
  if (!isReachable(driver)) {
    const command = 'multipass get local.driver';
    throw new AppError('multipass-driver-unsupported', { params: { driver }, command, lines: [driver] });
  }
  return driver;
}

/** An instance that is in no list may be one of another driver. Fails with `multipass-driver-changed`. */
export async function requireSameDriver(
  commands: MultipassCommands,
  machine: string,
  before: string,
  signal?: AbortSignal,
): Promise<void> {
  const now = await commands.driver(signal);
  if (now !== before) throw new AppError('multipass-driver-changed', { params: { machine, before, now } });
}
