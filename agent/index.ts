import { realClock } from '#common/base/clock.ts';
import { describeError, lineLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { runAgent } from './agent.ts';
import { DEFAULT_CONFIG_FILE, readConfig } from './config.ts';

/** `node agent.cjs [config file]`: runs until it is told to end by SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const log = lineLog((line) => process.stdout.write(`${line}\n`));
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  try {
    const config = await readConfig(process.argv[2] ?? DEFAULT_CONFIG_FILE);
    await runAgent(config, { clock: realClock, random: secureRandom, log }, stop.signal);
    log.info('the agent ends, its pods go on');
  } catch (error) {
    if (stop.signal.aborted) return;
    log.error('the agent cannot go on', { error: describeError(error) });
    process.exitCode = 1;
  }
}

void main();
