import { homedir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '#common/base/app-error.ts';
import type { ClusterId } from '#common/contract/cluster.ts';
import { makeDirectory } from './make-directory.ts';

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** Where everything that belongs to a user's clusters is kept. One instance of the app at a time owns it. */
export interface Home extends Disposable {
  readonly directory: string;
  readonly preferences: string;
  readonly clusters: string;
  /** Of this app: readable by its owner alone, and bounded. */
  readonly logs: string;
  cluster(id: ClusterId): string;
  /** What machines of the namespace provider are made of. */
  readonly machines: string;
  /** What is known of instances of Multipass. */
  readonly multipass: string;
  /** What is known of machines of the user's that are reached by SSH. */
  readonly hosts: string;
}

/** PILOTHOUSE_HOME, or a folder in the user's home. */
export function homeDirectory(environment: NodeJS.ProcessEnv): string {
  return path.resolve(environment['PILOTHOUSE_HOME'] ?? path.join(homedir(), '.pilothouse'));
}

/** Where the app that owns a home writes what it does. */
export function logDirectory(home: string): string {
  return path.join(home, 'logs');
}

/** What can be made again, and is shared by all homes of the user: base images. */
export function cacheDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  return path.resolve(environment['PILOTHOUSE_CACHE'] ?? path.join(base, 'pilothouse'));
}

/** The Multipass client, where PILOTHOUSE_MULTIPASS says that it is not in its usual place. */
export function multipassExecutable(environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment['PILOTHOUSE_MULTIPASS'];
  return file === undefined || file === '' ? undefined : path.resolve(file);
}

/** Takes the home for this process. Throws `home-in-use` while another instance has it. */
export async function openHome(directory: string): Promise<Home> {
  const clusters = path.join(directory, 'clusters');
  await makeDirectory(clusters, directory);
  await makeDirectory(logDirectory(directory), directory);
  const lock = takeLock(directory);
  return {
    directory,
    preferences: path.join(directory, 'preferences.json'),
    clusters,
    logs: logDirectory(directory),
    machines: path.join(directory, 'machines'),
    multipass: path.join(directory, 'multipass'),
    hosts: path.join(directory, 'hosts'),
    cluster: (id) => path.join(clusters, id),
    [Symbol.dispose]: () => lock.close(),
  };
}

/** SQLite holds the operating system's own lock, which ends with the process however that ends. */
function takeLock(directory: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path.join(directory, 'instance.lock'), { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
    return database;
  } catch (error) {
    database?.close();
    const isTaken = (error as { errcode?: number }).errcode === SQLITE_BUSY;
    throw new AppError(isTaken ? 'home-in-use' : 'home-not-writable', { params: { path: directory }, cause: error });
  }
}
