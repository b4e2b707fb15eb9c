import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { removeHome, RunningApp, temporaryHome } from '../support/app.ts';
import { hostTraces, NO_TRACES } from '../support/host-traces.ts';
import { closeBrowser, openWindow } from './window.ts';

const NODES = ['again-1', 'again-2'];

let home: string;
let app: RunningApp | undefined;

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    const last = (await journal()).slice(-10).map((entry) => JSON.stringify(entry));
    console.error(['The end of the journal:', ...last, 'What the app printed:', app?.output].join('\n'));
  }
  await closeBrowser();
  await app?.quit();
  await removeHome(home);
});

interface Entry {
  readonly event: string;
  readonly step?: string;
  readonly node?: string;
}

async function journal(): Promise<Entry[]> {
  const [id] = await readdir(path.join(home, 'clusters'));
  const text =
    id === undefined ? '' : await readFile(path.join(home, 'clusters', id, 'journal.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

it('goes on creating where a kill -9 stopped it, and repeats nothing', async () => {
  home = await temporaryHome();
  app = await RunningApp.start(home);
  const first = await openWindow(app.url);
  await first.page.getByLabel('Name').fill('again');
  await first.page.getByRole('button', { name: 'Create cluster' }).and(first.page.locator(':enabled')).click();
  const began = (entry: Entry): boolean => entry.event === 'start' && entry.step === 'node';
  await expect.poll(async () => (await journal()).some(began), { interval: 20, timeout: 120_000 }).toBe(true);
  await app.kill();
  await first.page.close();

  app = await RunningApp.start(home);
  const { page } = await openWindow(app.url);
  await page.getByRole('heading', { name: 'Everything is running' }).waitFor({ timeout: 120_000 });
  const entries = await journal();
  const restart = entries.findLastIndex(({ event }) => event === 'begin');
  const done = entries.slice(0, restart).filter(({ event }) => event === 'done');
  const repeated = entries
    .slice(restart)
    .filter(({ event, step }) => event === 'start' && step !== 'prepare')
    .filter((entry) => done.some(({ step, node }) => step === entry.step && node === entry.node));
  expect(done.map(({ step }) => step)).toEqual(expect.arrayContaining(['machines', 'connect', 'check', 'runtime']));
  expect(repeated).toEqual([]);

  const [id] = await readdir(path.join(home, 'clusters'));
  await page.getByRole('button', { name: 'More for this cluster' }).click();
  await page.getByRole('menuitem', { name: 'Delete cluster' }).click();
  await page.getByRole('dialog').getByLabel('Type again to confirm').fill('again');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete cluster' }).click();
  await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor({ timeout: 30_000 });
  expect(await hostTraces(id!, NODES)).toEqual(NO_TRACES);
});
