import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { assert } from '#common/base/assert.ts';
import type { MachineName } from '../provider.ts';

const recordSchema = z.strictObject({
  hostname: z.string(),
  cpus: z.number().positive(),
  memoryBytes: z.number().int().positive(),
  /** Random; the instance carries the same in a file. */
  mark: z.string().min(8),
  /** Made by us, so that the instance can be told from any other one at its address. */
  hostKey: z.strictObject({ publicKey: z.string(), privateKey: z.string() }),
  /** The driver that it was launched with: no other one knows the instance. */
  driver: z.string(),
  /** Until `ready` it may be there, half there or not at all. */
  phase: z.enum(['launching', 'ready']),
});
/** What we know of an instance of ours. Where there is none, an instance of the same name is not ours. */
export type InstanceRecord = Readonly<z.infer<typeof recordSchema>>;

const SAFE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ENDING = '.json';

/** A file for each of our instances: `<state>/<cluster>/<instance>.json`. */
export class InstanceRecords {
  readonly #stateDirectory: string;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
  }

  /** Undefined when there is none; fails when it is not what we wrote. */
  async read(cluster: string, name: MachineName): Promise<InstanceRecord | undefined> {
    let text: string;
    try {
      text = await readFile(this.#file(cluster, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    return recordSchema.parse(JSON.parse(text));
  }

  /** A reader, even after a crash, finds the old content or the new one, whole. */
  async write(cluster: string, name: MachineName, record: InstanceRecord): Promise<void> {
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
