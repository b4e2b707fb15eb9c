import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { cloudConfigSchema } from './cloud-config.ts';

export const instanceStates = [
  'Running',
  'Stopped',
  'Deleted',
  'Starting',
  'Restarting',
  'Delayed Shutdown',
  'Suspending',
  'Suspended',
  'Unknown',
] as const;
export type InstanceState = (typeof instanceStates)[number];

const instanceSchema = z.object({
  name: z.string(),
  /** `Preparing` is in no list, but has the name. */
  state: z.enum([...instanceStates, 'Preparing']),
  driver: z.string(),
  image: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  diskBytes: z.number(),
  cloudConfig: cloudConfigSchema,
  address: z.string().optional(),
  /** How often it was started. */
  starts: z.number().default(0),
  /** Runs, but lets nobody in. */
  isDeaf: z.boolean().default(false),
});
export type Instance = z.infer<typeof instanceSchema>;

/** A file for each instance; a change replaces the file whole, so that clients may read at any time. */
export class Instances {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = path.join(directory, 'instances');
  }

  async all(): Promise<Instance[]> {
    const files = await readdir(this.#directory).catch(() => []);
    const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
    const found = await Promise.all(names.sort().map((name) => this.get(name)));
    return found.filter((instance) => instance !== undefined);
  }

  async get(name: string): Promise<Instance | undefined> {
    const text = await readFile(this.#file(name), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : instanceSchema.parse(JSON.parse(text));
  }

  /** False when the name is taken. */
  async reserve(instance: Instance): Promise<boolean> {
    await mkdir(this.#directory, { recursive: true });
    return writeFile(this.#file(instance.name), JSON.stringify(instance), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
  }

  async put(instance: Instance): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const partial = `${this.#file(instance.name)}.${randomUUID()}`;
    await writeFile(partial, JSON.stringify(instance));
    await rename(partial, this.#file(instance.name));
  }

  async change(name: string, change: Partial<Instance>): Promise<void> {
    const found = await this.get(name);
    if (found) await this.put({ ...found, ...change });
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return path.join(this.#directory, `${name}.json`);
  }
}
