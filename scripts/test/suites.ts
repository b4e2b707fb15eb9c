import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../build/task.ts';
import type { Tally } from './tally.ts';

const QUICK = ['unit', 'window'];
/** The slow ones last: what is broken shows early. */
const ALL = [...QUICK, 'conformance', 'browser', 'crash', 'integration', 'end-to-end'];

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numFailedTestSuites: z.number(),
});

/** Runs the suites of vitest.config.ts one after the other: they share this computer's network and cores. */
export async function runSuites(quick: boolean): Promise<Tally[]> {
  const directory = path.join(ROOT, 'test-output');
  await mkdir(directory, { recursive: true });
  const tallies: Tally[] = [];
  for (const project of quick ? QUICK : ALL) {
    const report = path.join(directory, `${project}.json`);
    await rm(report, { force: true });
    console.log(`\n--- ${project}`);
    const code = await vitest([
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    tallies.push(await readTally(report, code));
  }
  return tallies;
}

function vitest(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(ROOT, 'node_modules/.bin/vitest'), args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function readTally(report: string, code: number): Promise<Tally> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const result = reportSchema.parse(JSON.parse(text));
  const failed = result.numFailedTests;
  return {
    passed: result.numPassedTests,
    // A suite may fail without a failed test: a file that does not load, a leak after the last one.
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}
