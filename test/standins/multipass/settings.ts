import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { faultKinds } from './faults.ts';

const faultSchema = z.object({
  command: z.string(),
  kind: z.enum(faultKinds),
  /** Of one instance only. */
  name: z.string().optional(),
  /** How often, from the first time on; always where it is not said. */
  times: z.number().int().positive().optional(),
});

export const settingsSchema = z.object({
  version: z.enum(['1.13', '1.14', '1.16', '1.17']).default('1.16'),
  driver: z.string().default('qemu'),
  backend: z
    .discriminatedUnion('kind', [
      /** Instances are files. */
      z.object({ kind: z.literal('fake') }),
      /** Instances are machines of the namespaces of this host. */
      z.object({ kind: z.literal('namespace'), cluster: z.string(), cacheDirectory: z.string() }),
    ])
    .default({ kind: 'fake' }),
  daemon: z.enum(['up', 'down', 'access-denied', 'unauthenticated', 'hangs']).default('up'),
  /** How long each phase of a launch lasts. */
  phaseMs: z.number().default(5),
  /** A launch stays in the phase whose message begins so, for as long as this is set. */
  holdAt: z.string().optional(),
  /** What `list` takes for each running instance whose addresses it asks. */
  listMs: z.number().default(0),
  /** A line on standard error even where all went well. */
  noise: z.boolean().default(false),
  /** Prints without end. */
  floods: z.boolean().default(false),
  /** A running instance has another address after each start. */
  addressesMove: z.boolean().default(false),
  /** What the guest has besides: pod networks and the like. */
  extraAddresses: z.array(z.string()).default([]),
  /** Nothing is known of the addresses of running instances. */
  noAddresses: z.boolean().default(false),
  faults: z.array(faultSchema).default([]),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

const FILE = 'settings.json';

export async function readSettings(directory: string): Promise<Settings> {
  return settingsSchema.parse(JSON.parse(await readFile(path.join(directory, FILE), 'utf8')));
}

export async function writeSettings(directory: string, settings: SettingsInput): Promise<void> {
  // Whole in one move: daemons of launches look at it all the time.
  const partial = path.join(directory, `${FILE}.${randomUUID()}`);
  await writeFile(partial, JSON.stringify(settings));
  await rename(partial, path.join(directory, FILE));
}

/** Whether keys are in alphabetical order and addresses may be "N/A", as until 1.16. */
export function isBefore17({ version }: Settings): boolean {
  return version !== '1.17';
}
