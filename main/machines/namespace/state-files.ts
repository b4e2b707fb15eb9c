import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { assert } from '#common/base/assert.ts';
import type { MachineName } from '../provider.ts';
import type { Bridge } from './bridge.ts';
import { isSystemError } from './system-error.ts';

/** Chosen once for a cluster's machines, in `<state>/<cluster>/network.json`. */
const bridgeSchema: z.ZodType<Bridge> = z.strictObject({
  name: z.string(),
  range: z.cidrv4(),
  hostAddress: z.ipv4(),
});

/** What a machine was created with, in `<state>/<cluster>/<machine>/machine.json`. */
const machineSchema = z.strictObject({
  hostname: z.string(),
  address: z.ipv4(),
  cpus: z.number().positive(),
  memoryBytes: z.number().int().positive(),
  hostKeys: z.array(z.string()).min(1),
});
export type MachineRecord = Readonly<z.infer<typeof machineSchema>>;

/** Where a machine's cgroups are while it runs: they depend on who started it. */
const cgroupsSchema = z.array(z.string());

const SAFE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
// Names of machines begin with a letter or a digit: what begins with a dot is on its way in or out.
const LEAVING = '.leaving-';
const COMING = '.coming-';

/** The places of one cluster and its machines on disk. */
export class ClusterFiles {
  readonly directory: string;

  constructor(stateDirectory: string, cluster: string) {
    assert(SAFE_NAME.test(cluster), `not a cluster id: ${cluster}`);
    this.directory = path.join(stateDirectory, cluster);
  }

  get network(): string {
    return path.join(this.directory, 'network.json');
  }

  machine(name: MachineName): MachineFiles {
    assert(SAFE_NAME.test(name), `not a machine name: ${name}`);
    return new MachineFiles(path.join(this.directory, name));
  }

  /** Where a machine is put together before it appears under its name. */
  coming(name: MachineName): string {
    return path.join(this.directory, `${COMING}${name}`);
  }

  /** Where a machine goes to be removed, so that half of it never looks like a machine. */
  leaving(name: MachineName): string {
    return path.join(this.directory, `${LEAVING}${name}`);
  }

  static isMachineName(name: string): name is MachineName {
    return SAFE_NAME.test(name);
  }
}

/** The places of one machine on disk. */
export class MachineFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  #in(name: string): string {
    return path.join(this.directory, name);
  }

  get record(): string {
    return this.#in('machine.json');
  }
  get cgroups(): string {
    return this.#in('cgroups.json');
  }
  /** Written by the machine's first process: see `parseIdentity`. */
  get process(): string {
    return this.#in('process');
  }
  /** What the start printed until systemd took over; systemd's own log is inside, in the journal. */
  get console(): string {
    return this.#in('console.log');
  }
  get launchScript(): string {
    return this.#in('launch.sh');
  }
  get bootScript(): string {
    return this.#in('boot.sh');
  }
  /** A link to the base image that the machine was made from. */
  get base(): string {
    return this.#in('base');
  }
  /** What the machine changed over its base image. */
  get upper(): string {
    return this.#in('upper');
  }
  get work(): string {
    return this.#in('work');
  }
  get root(): string {
    return this.#in('root');
  }
  /** Its /var/lib, on a real file system: containerd cannot stack its overlays on an overlay. */
  get varLib(): string {
    return this.#in('var-lib');
  }
}

export const readBridge = (file: string): Promise<Bridge | undefined> => readRecord(file, bridgeSchema);
export const readMachineRecord = (file: string): Promise<MachineRecord | undefined> => readRecord(file, machineSchema);
export const readCgroups = (file: string): Promise<readonly string[] | undefined> => readRecord(file, cgroupsSchema);

/** Undefined when there is no such file; fails when it is not what we wrote. */
async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

/** Writes so that a reader, even after a crash, finds the old content or the new one, whole. */
export async function writeRecord(file: string, value: Bridge | MachineRecord | readonly string[]): Promise<void> {
  const partial = `${file}.partial`;
  const handle = await open(partial, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}
