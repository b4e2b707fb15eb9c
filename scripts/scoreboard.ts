import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './build/task.ts';
import { allFeatures } from '../test/conformance/features.ts';
import { outcomesIn } from './scoreboard/outcomes.ts';
import { boardText, standings } from './scoreboard/standings.ts';

/**
 * `npm run scoreboard`: the features of Kubernetes conformance, passing and not yet, by area, as the last
 * runs of the suites (test-output/*.json) left them.
 */
const directory = path.join(ROOT, 'test-output');
const files = (await readdir(directory).catch(() => [])).filter((file) => file.endsWith('.json'));
const outcomes = [];
for (const file of files) outcomes.push(...outcomesIn(JSON.parse(await readFile(path.join(directory, file), 'utf8'))));
if (outcomes.length === 0) {
  console.error('No suite has left a report in test-output/ yet: run `npm test` first.');
  process.exitCode = 1;
} else {
  const board = standings(allFeatures, outcomes);
  console.log(boardText(board));
  // A check that names no feature would count for nothing, unseen.
  for (const id of board.unknown) console.error(`There is no feature ${id}, but a check names it.`);
  if (board.unknown.length > 0) process.exitCode = 1;
}
