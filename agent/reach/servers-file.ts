import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { describeError, type Log } from '#common/base/log.ts';
import { sameJson } from '#common/base/same-json.ts';
import { apiServersSchema, type ApiServers } from '#common/contract/agent-config.ts';

/** Where the master is found, as the app has written it last. */
export class ServersFile {
  readonly #file: string;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  #current: ApiServers;

  private constructor(file: string, log: Log, current: ApiServers) {
    this.#file = file;
    this.#log = log;
    this.#current = current;
  }

  /** Fails when the file cannot be used: without it the master is nowhere. */
  static async open(file: string, log: Log): Promise<ServersFile> {
    return new ServersFile(file, log, await read(file));
  }

  /** The addresses to dial, best first. The app opens a tunnel only where nothing else leads to the master. */
  get addresses(): readonly string[] {
    const { servers, tunnel } = this.#current;
    return tunnel === undefined ? servers : [`https://127.0.0.1:${tunnel}`, ...servers];
  }

  /** The port of the tunnel on this machine's loopback, where the master is reached through one. */
  get tunnel(): number | undefined {
    return this.#current.tunnel;
  }

  /** Tells of every change from now on. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Follows the file until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    let looking = Promise.resolve();
    const look = (): void => {
      looking = looking.then(() => this.#look());
      looking.catch(reject);
    };
    // The directory: the file itself is another one each time.
    const watcher = watch(path.dirname(this.#file), { signal }, (_event, name) => {
      if (name === path.basename(this.#file)) look();
    });
    watcher.once('error', reject);
    watcher.once('close', resolve);
    // It may have changed since it was opened.
    look();
    await ended;
    await looking;
  }

  async #look(): Promise<void> {
    let found: ApiServers;
    try {
      found = await read(this.#file);
    } catch (error) {
      this.#log.warn('where the master is cannot be read', { error: describeError(error) });
      return;
    }
    if (sameJson(found, this.#current)) return;
    this.#current = found;
    this.#log.info('the master is found elsewhere', { addresses: this.addresses.join(' ') });
    for (const listener of this.#listeners) listener();
  }
}

async function read(file: string): Promise<ApiServers> {
  const parsed = apiServersSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is not usable:\n${z.prettifyError(parsed.error)}`);
  return Object.freeze(parsed.data);
}
