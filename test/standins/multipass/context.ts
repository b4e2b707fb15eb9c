import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { openBackend, type Backend } from './backend.ts';
import { Instances, type Instance } from './instances.ts';
import { readSettings, type Settings } from './settings.ts';

/** What a command works with. */
export interface Context {
  readonly directory: string;
  readonly settings: Settings;
  readonly instances: Instances;
  readonly backend: Backend;
}

export async function openContext(directory: string): Promise<Context> {
  const settings = await readSettings(directory);
  return { directory, settings, instances: new Instances(directory), backend: await openBackend(directory, settings) };
}

/** Those that the driver in use knows and that are not only reserved names. */
export async function visibleInstances({ instances, settings }: Context): Promise<Instance[]> {
  const all = await instances.all();
  return all.filter(({ state, driver }) => state !== 'Preparing' && driver === settings.driver);
}

export async function visibleInstance(context: Context, name: string): Promise<Instance | undefined> {
  return (await visibleInstances(context)).find((instance) => instance.name === name);
}

const CALLS = 'calls.jsonl';

/** Keeps every call, for tests to look at. */
export async function noteCall(directory: string, args: readonly string[]): Promise<void> {
  await appendFile(path.join(directory, CALLS), `${JSON.stringify(args)}\n`);
}

export const callsFile = (directory: string): string => path.join(directory, CALLS);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
