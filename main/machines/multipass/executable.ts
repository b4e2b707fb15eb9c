import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { MultipassHost } from './host.ts';

/** Where the installers put it: a program started from a desktop often has no PATH that leads there. */
const USUAL_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/snap/bin/multipass', '/usr/bin/multipass', '/usr/local/bin/multipass'],
  darwin: [
    '/usr/local/bin/multipass',
    '/opt/homebrew/bin/multipass',
    '/Library/Application Support/com.canonical.multipass/bin/multipass',
  ],
  win32: ['C:\\Program Files\\Multipass\\bin\\multipass.exe'],
};

/** The file of the Multipass client; undefined where it is not installed. */
export async function findExecutable(host: Pick<MultipassHost, 'executable'>): Promise<string | undefined> {
  const candidates = host.executable === undefined ? [...placesInPath(), ...usualPlaces()] : [host.executable];
  for (const file of candidates) {
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** Fails with `multipass-missing`. */
export async function requireExecutable(host: Pick<MultipassHost, 'executable'>): Promise<string> {
  const file = await findExecutable(host);
  if (file === undefined) throw new AppError('multipass-missing');
  return file;
}

function placesInPath(): readonly string[] {
  const program = process.platform === 'win32' ? 'multipass.exe' : 'multipass';
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  return directories
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, program));
}

function usualPlaces(): readonly string[] {
  return USUAL_PLACES[process.platform] ?? [];
}
