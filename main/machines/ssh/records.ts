import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { assert } from '#common/base/assert.ts';
import { hostSchema } from '#common/contract/host.ts';
import type { MachineName } from '../provider.ts';

const recordSchema = z.strictObject({
  host: hostSchema,
  /** The name of the node. */
  node: z.string(),
  /** `new` until something of it may have been changed; `adopted` when root can be logged in by our key. */
  phase: z.enum(['new', 'adopting', 'adopted']),
  /** Where it was reached last. */
  address: z.ipv4().optional(),
  /** The public key line that it showed when it was first reached, and must show ever after. */
  hostKey: z.string().optional(),
  /** Where root may not log in: how the user becomes root. */
  sudo: z.enum(['free', 'password']).optional(),
  cpus: z.number(),
  memoryBytes: z.number(),
  /** By the user: the agent and its pods do not run. */
  stopped: z.boolean(),
});
/** What we know of a machine that we took over, or are about to. */
export type HostRecord = Readonly<z.infer<typeof recordSchema>>;

const SAFE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ENDING = '.json';

/** A file for each machine: `<state>/<cluster>/<machine>.json`. */
export class HostRecords {
  readonly #stateDirectory: string;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  /** Undefined when there is none; fails when it is not what we wrote. */
  async read(cluster: string, name: MachineName): Promise<HostRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#file(cluster, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return recordSchema.parse(JSON.parse(text));
  }

  /** A reader, even after a crash, finds the old content or the new one, whole. Gives the record back. */
  async write(cluster: string, name: MachineName, record: HostRecord): Promise<HostRecord> {
    const file = this.#file(cluster, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(`${file}.partial`, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.partial`, file);
    return record;
  }

  async remove(cluster: string, name: MachineName): Promise<void> {
    await rm(this.#file(cluster, name), { force: true });
  }

  async names(cluster: string): Promise<readonly MachineName[]> {
    const files = await readdir(this.#directory(cluster)).catch(() => []);
    return files
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length) as MachineName)
      .sort();
  }

  async removeCluster(cluster: string): Promise<void> {
    await rm(this.#directory(cluster), { recursive: true, force: true });
  }

  #directory(cluster: string): string {
    assert(SAFE_NAME.test(cluster), `not a cluster id: ${cluster}`);
    return path.join(this.#stateDirectory, cluster);
  }

  #file(cluster: string, name: MachineName): string {
    assert(SAFE_NAME.test(name), `not a machine name: ${name}`);
    return path.join(this.#directory(cluster), `${name}${ENDING}`);
  }
}
