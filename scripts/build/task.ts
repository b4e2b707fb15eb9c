import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const BUILD = path.join(ROOT, 'build');

export interface Task {
  readonly name: string;
  /** Files and folders, relative to the root, that the outputs depend on. */
  readonly inputs: readonly string[];
  /** Files and folders, relative to build/, that it makes; they are removed before it runs. */
  readonly outputs: readonly string[];
  run(): Promise<void>;
}

/** Runs the task unless its inputs are as they were when its outputs were made. */
export async function runTask(task: Task): Promise<void> {
  const stamp = path.join(BUILD, '.stamps', task.name);
  const digest = await digestOf([...task.inputs, 'package-lock.json', 'scripts/build']);
  const outputs = task.outputs.map((output) => path.join(BUILD, output));
  const present = await Promise.all(outputs.map((output) => exists(output)));
  if (present.every(Boolean) && (await readFile(stamp, 'utf8').catch(() => '')) === digest) return;
  const started = performance.now();
  await Promise.all(outputs.map((output) => rm(output, { recursive: true, force: true })));
  await task.run();
  await mkdir(path.dirname(stamp), { recursive: true });
  await writeFile(stamp, digest);
  console.log(`built ${task.name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

async function digestOf(inputs: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const input of [...inputs].sort()) {
    for (const file of await filesUnder(path.join(ROOT, input))) {
      hash.update(path.relative(ROOT, file)).update('\0').update(await readFile(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

async function filesUnder(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => undefined);
  if (!found) return [];
  if (found.isFile()) return [place];
  const names = (await readdir(place)).sort();
  return (await Promise.all(names.map((name) => filesUnder(path.join(place, name))))).flat();
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
