import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteCommand } from '#common/base/shell-quote.ts';
import { BUILD } from '../../../scripts/build/task.ts';
import { callsFile } from './context.ts';
import { Instances, type Instance } from './instances.ts';
import { writeSettings, type SettingsInput } from './settings.ts';

const COMPILED = path.join(BUILD, 'test/multipass-standin');

/** A Multipass of its own: a client that can be run by its file, and what its daemon would know. */
export class MultipassStandin implements AsyncDisposable {
  readonly directory: string;
  readonly executable: string;
  readonly instances: Instances;

  private constructor(directory: string) {
    this.directory = directory;
    this.executable = path.join(directory, 'multipass');
    this.instances = new Instances(directory);
  }

  static async open(settings: SettingsInput = {}): Promise<MultipassStandin> {
    const standin = new MultipassStandin(await mkdtemp(path.join(tmpdir(), 'multipass-standin-')));
    const client = fileURLToPath(new URL('client.ts', import.meta.url));
    const command = quoteCommand([process.execPath, client, standin.directory]);
    // Clients are many and short: what Node.js has compiled once serves all of them.
    const cache = quoteCommand([`NODE_COMPILE_CACHE=${COMPILED}`]);
    await writeFile(standin.executable, `#!/bin/sh\nexport ${cache}\nexec ${command} "$@"\n`);
    await chmod(standin.executable, 0o755);
    await standin.set(settings);
    return standin;
  }

  /** Replaces all settings, from the next call of the client on. */
  async set(settings: SettingsInput): Promise<void> {
    await writeSettings(this.directory, settings);
  }

  /** The arguments of every call of the client so far. */
  async calls(): Promise<string[][]> {
    const text = await readFile(callsFile(this.directory), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as string[]);
  }

  /** An instance that somebody else has made. */
  async addForeign(name: string, state: Instance['state'] = 'Running'): Promise<void> {
    await this.instances.put({
      name,
      state,
      driver: 'qemu',
      image: '24.04',
      cpus: 1,
      memoryBytes: 2 ** 30,
      diskBytes: 5 * 2 ** 30,
      cloudConfig: { disable_root: true, ssh_authorized_keys: [], ssh_keys: {}, write_files: [], runcmd: [] },
      address: '10.61.7.9',
      starts: 1,
      isDeaf: false,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}
