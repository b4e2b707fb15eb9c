import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runAllTasks } from './build/tasks.ts';
import { ROOT } from './build/task.ts';
import type { BenchContext } from '../test/bench/bench-case.ts';
import { cases } from '../test/bench/cases.ts';
import type { Figure } from '../test/bench/figure.ts';
import { MasterProcess } from '../test/bench/master-process.ts';
import { thisMachine } from '../test/bench/process-figures.ts';
import { tableOf, writeRun } from '../test/bench/report.ts';

/**
 * `npm run bench [-- --only get,list] [--profile]`: measures a lone master under load from this process.
 * Prints one table and writes one JSON file under test-output/bench; `--profile` adds CPU profiles there.
 */
const names = cases.map(({ name }) => name);
const chosen = chooseCases();

const output = path.join(ROOT, 'test-output/bench');
await runAllTasks(['schemas', 'main']);
await mkdir(output, { recursive: true });
// Beside the output rather than in /tmp, which may be memory: writes have to reach a disk.
const scratch = await mkdtemp(path.join(output, 'data-'));
let directories = 0;
const newDirectory = async (): Promise<string> => {
  const directory = path.join(scratch, String(directories++));
  await mkdir(directory, { mode: 0o700 });
  return directory;
};
const machine = thisMachine();
const figures: Figure[] = [];
try {
  for (const one of chosen.cases) {
    const profiles = chosen.profile ? path.join(output, 'profiles', one.name) : undefined;
    const context: BenchContext = {
      newDirectory,
      startMaster: async (directory) => MasterProcess.start(directory ?? (await newDirectory()), profiles),
    };
    console.log(`... ${one.name}`);
    figures.push(...(await one.run(context)));
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const run = { date: new Date().toISOString(), machine, figures };
const file = await writeRun(output, run);
console.log(`\n${tableOf(run)}\n\n${path.relative(process.cwd(), file)}`);

function chooseCases(): { readonly cases: typeof cases; readonly profile: boolean } {
  if (process.platform !== 'linux') fail('The bench reads memory and CPU from /proc: it runs on Linux only.');
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, profile: { type: 'boolean', default: false } },
    });
    const only = values.only?.split(',');
    const unknown = only?.filter((name) => !names.includes(name)) ?? [];
    if (unknown.length > 0) fail(`There is no ${unknown.join(', ')} to measure. There are: ${names.join(', ')}.`);
    return { cases: cases.filter(({ name }) => only?.includes(name) ?? true), profile: values.profile };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
