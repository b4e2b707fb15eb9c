import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock, sleep } from '#common/base/clock.ts';
import { seededRandom } from '#common/base/random.ts';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import { removeHome, RunningApp, temporaryHome } from '../support/app.ts';
import { Cli } from '../support/cli.ts';
import { hostTraces, NO_TRACES } from '../support/host-traces.ts';
import { readJournal, repeatedSteps } from '../support/journal.ts';
import { until } from '../support/until.ts';

const STEPS = [
  'machines',
  'connect',
  'check',
  'runtime',
  'kernel',
  'node',
  'images',
  'reach',
  'agent',
  'join',
  'verify',
];
const MOMENTS = 10;

let home: string;
let cli: Cli;
let app: RunningApp | undefined;

beforeEach(async () => {
  home = await temporaryHome();
  cli = new Cli(home);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(app?.output, (await readJournal(home)).slice(-10));
  await app?.quit();
  await removeHome(home);
});

/** Brings it to its end, and finds a cluster that runs, and afterwards nothing of it. */
async function finish(name: string): Promise<void> {
  app = await RunningApp.start(home);
  expect(await cli.run('cluster', 'start', name)).toBe(`cluster ${name} is running\n`);
  const [{ id, nodes }] = (await cli.json<ClusterSummary[]>('cluster', 'list')) as [ClusterSummary];
  expect(nodes).toMatchObject([{ name: `${name}-1`, machine: 'running' }]);
  expect(repeatedSteps(await readJournal(home))).toEqual([]);
  await cli.run('cluster', 'delete', name);
  expect(await hostTraces(id, [`${name}-1`])).toEqual(NO_TRACES);
}

describe('an app that is killed while it creates a cluster', () => {
  it('at every step in turn goes on at that step, and does nothing again that was done', async () => {
    app = await RunningApp.start(home);
    await cli.run('cluster', 'create', 'every', '--provider', 'namespace', '--memory', '1G');
    for (const step of STEPS) {
      await until(async () => (await readJournal(home)).some((line) => line.step === step));
      await app.kill();
      app = await RunningApp.start(home);
    }
    await app.kill();
    await finish('every');
  }, 180_000);

  it(`at ${MOMENTS} random moments ends with a cluster that runs`, async () => {
    const random = seededRandom(20_261_122);
    app = await RunningApp.start(home);
    await cli.run('cluster', 'create', 'random', '--provider', 'namespace', '--memory', '1G');
    for (let kill = 0; kill < MOMENTS; kill++) {
      await sleep(realClock, random.next() * 2_500);
      await app.kill();
      app = await RunningApp.start(home);
    }
    await app.kill();
    await finish('random');
  }, 180_000);
});
