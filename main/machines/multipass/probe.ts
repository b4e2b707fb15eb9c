import { AppError } from '#common/base/app-error.ts';
import { questionError } from './app-errors.ts';
import type { MultipassCommands } from './commands.ts';
import { isReachable } from './drivers.ts';

/** The first with `stop --force`, without which a machine in an unknown state cannot be helped. */
const OLDEST = [1, 14] as const;

/** The version of the client. Fails with `multipass-missing` or `multipass-too-old`. */
export async function requireVersion(commands: MultipassCommands, signal: AbortSignal): Promise<string> {
  const { client } = await commands.version(signal).catch((error: unknown) => {
    throw questionError(error);
  });
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)\./.exec(client) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST;
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  if (isOld) throw new AppError('multipass-too-old', { params: { found: client, needed: OLDEST.join('.') } });
  return client;
}

/** Fails with the reason why the daemon does not answer us, when it does not. */
export async function requireDaemon(commands: MultipassCommands, signal: AbortSignal): Promise<string> {
  try {
    // Its answer tells nothing of the reason when the daemon is not there, but it is the cheapest question.
    const { daemon, client } = await commands.version(signal);
    if (daemon === undefined) await commands.states(signal);
    return daemon ?? client;
  } catch (error) {
    throw questionError(error);
  }
}

/** The driver in use. Fails with `multipass-driver-unsupported`. */
export async function requireDriver(commands: MultipassCommands, signal: AbortSignal): Promise<string> {
  const driver = await commands.driver(signal).catch((error: unknown) => {
    throw questionError(error);
  });
  if (!isReachable(driver)) throw new AppError('multipass-driver-unsupported', { params: { driver } });
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
