import { runAllTasks } from './build/tasks.ts';
import { checks } from './test/checks.ts';
import { runSuites } from './test/suites.ts';
import { sum, type Tally } from './test/tally.ts';

/**
 * `npm test`: every check there is; `--quick` leaves out what needs machines, browsers or much time.
 * Ends with one line of counts.
 */
const quick = process.argv.includes('--quick');
const started = performance.now();

await runAllTasks(quick ? ['schemas'] : undefined);
const outcomes: Tally[] = [];
for (const check of checks(quick)) outcomes.push(await check());
outcomes.push(...(await runSuites(quick)));

const { passed, failed, skipped } = sum(outcomes);
console.log(`\n${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || (skipped > 0 && process.env['CI'] === 'true') ? 1 : 0;
