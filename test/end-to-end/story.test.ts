import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { removeHome, RunningApp, temporaryHome } from '../support/app.ts';
import { hostTraces, NO_TRACES } from '../support/host-traces.ts';
import { kubectlFor, type Kubectl } from '../support/kubectl.ts';
import { Figures } from './figures.ts';
import type { ProgressWatch } from './progress-watch.ts';
import { closeBrowser, openWindow, shoot } from './window.ts';

const CLUSTER = 'story';
const NODES = [`${CLUSTER}-1`, `${CLUSTER}-2`];
const figures = new Figures();

/** The whole way as a user goes it, by clicks alone: each step needs the one before. */
describe('from an empty computer to a cluster and back', () => {
  let home: string;
  let app: RunningApp;
  let page: Page;
  let progress: ProgressWatch;
  let id: string;
  let link: string;
  let kubectl: Kubectl;
  let broken = false;

  /** After a step that failed the others would only say so again. */
  const step = (name: string, run: () => Promise<void>): void => {
    it(name, async ({ skip }) => {
      if (broken) skip('a step before it failed');
      broken = true;
      await run();
      broken = false;
    });
  };
  const go = (section: string) => page.getByRole('link', { name: section }).first().click();

  afterAll(async () => {
    await closeBrowser();
    await app.quit();
    if (broken) console.error(app.output);
    await removeHome(home);
    figures.print();
  });

  step('opens', async () => {
    home = await temporaryHome();
    app = await RunningApp.start(home);
    const started = performance.now();
    ({ page, progress } = await openWindow(app.url));
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).waitFor();
    figures.add('start to a usable page', app.startMs + performance.now() - started, 5_000);
    await shoot(page, '1-first-run');
  });

  step('tells what is wrong with a form while it is typed', async () => {
    const name = page.getByLabel('Name');
    await name.fill('Not A Name');
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':disabled')).waitFor();
    await shoot(page, '1-first-run-invalid');
    await name.fill(CLUSTER);
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).waitFor();
  });

  step('creates a cluster of two nodes in one click', async () => {
    await page.getByRole('radio', { name: '2', exact: true }).check();
    const started = performance.now();
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { level: 1, name: `Creating ${CLUSTER}` }).waitFor();
    const pictures = shoot(page, '2-creating');
    await page.getByRole('heading', { name: 'Everything is running' }).waitFor({ timeout: 200_000 });
    const took = performance.now() - started;
    await pictures;
    figures.add('create with two nodes', took, 150_000);
    figures.add('oldest progress line', progress.longestSilenceMs(), 2_000);
    id = (await readdir(path.join(home, 'clusters')))[0]!;
    kubectl = kubectlFor(path.join(home, 'clusters', id, 'kubeconfig'));
    const nodes = await kubectl(['get', 'nodes', '--no-headers']);
    expect(nodes.split('\n').map((line) => line.split(/\s+/).slice(0, 2))).toEqual(
      NODES.map((node) => [node, 'Ready']),
    );
    await shoot(page, '3-overview');
  });

  step('deploys the sample app with two replicas', async () => {
    await page.getByRole('button', { name: 'Deploy app' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('web');
    await dialog.getByRole('button', { name: 'pilothouse.local/web:1' }).click();
    await dialog.getByRole('spinbutton', { name: 'Replicas' }).fill('2');
    await dialog.getByRole('spinbutton', { name: 'Port' }).fill('8080');
    await shoot(page, '4-deploy');
    const started = performance.now();
    await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
    const open = page.getByRole('dialog', { name: 'web is running' }).getByRole('link', { name: 'Open app' });
    link = (await open.getAttribute('href', { timeout: 20_000 }))!;
    const answer = await fetch(new URL('/api', link));
    figures.add('deploy to a page that answers', performance.now() - started, 5_000);
    expect(await answer.json()).toMatchObject({ version: '1', namespace: 'default' });
    await shoot(page, '5-deployed');
  });

  step('opens the app by its link', async () => {
    const [tab] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Open app' }).click(),
    ]);
    await tab.getByText('Version 1').first().waitFor();
    expect(
      await tab
        .getByText(/^web-\w{5}$/)
        .first()
        .textContent(),
    ).toMatch(/^web-/);
    await tab.screenshot({ path: 'test-output/story/6-the-app.png' });
    await tab.close();
    await page.keyboard.press('Escape');
  });

  step('scales it to five on both nodes', async () => {
    await go('Workloads');
    const row = page.getByRole('row', { name: /web/ });
    const started = performance.now();
    await row.getByLabel('Replicas of web').fill('5');
    await page.keyboard.press('Enter');
    await row.getByRole('img', { name: '5 of 5 ready' }).waitFor({ timeout: 20_000 });
    figures.add('scale from two to five running', performance.now() - started, 4_000);
    await shoot(page, '7-scaled');
    await go('Pods');
    await expect.poll(() => podsIn(page, 'Running')).toHaveLength(5);
    for (const node of NODES)
      expect(await page.getByRole('row', { name: new RegExp(node) }).count()).toBeGreaterThan(0);
    await shoot(page, '8-pods');
    await go('Overview');
    await page.getByRole('heading', { name: 'Everything is running' }).waitFor();
    await shoot(page, '8-overview');
    await go('Pods');
  });

  step('shows what kubectl does, and heals what it deletes', async () => {
    const [victim] = (await kubectl(['get', 'pods', '-o', 'name'])).split('\n');
    const name = victim!.slice('pod/'.length);
    await kubectl(['delete', victim!]);
    await page.getByRole('row', { name: new RegExp(name) }).waitFor({ state: 'detached', timeout: 40_000 });
    await expect.poll(() => podsIn(page, 'Running'), { timeout: 20_000 }).toHaveLength(5);
    expect(await podsIn(page, 'Running')).not.toContain(name);
  });

  step('reads a pod’s log in the window', async () => {
    const [name] = await podsIn(page, 'Running');
    await page.getByRole('row', { name: new RegExp(name!) }).dblclick();
    const drawer = page.getByRole('complementary');
    await drawer.getByRole('tab', { name: 'Logs' }).click();
    await drawer.getByText('listens on port 8080').waitFor();
    await shoot(page, '9-log');
    await page.keyboard.press('Escape');
  });

  step('is driven by kubectl as any cluster is', async () => {
    const manifest = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { colour: 'blue' },
    });
    expect(await kubectl(['create', '-f', '-'], { input: manifest })).toBe('configmap/settings created');
    const changed = manifest.replace('blue', 'green');
    expect(await kubectl(['apply', '-f', '-'], { input: changed })).toBe('configmap/settings configured');
    expect(await kubectl(['apply', '-f', '-'], { input: changed })).toBe('configmap/settings unchanged');
    expect(await kubectl(['get', 'cm', 'settings', '-o', 'jsonpath={.data.colour}'])).toBe('green');
    expect(await kubectl(['delete', 'cm', 'settings'])).toContain('configmap "settings" deleted');
    expect(await kubectl(['scale', 'rc', 'web', '--replicas=5'])).toBe('replicationcontroller/web scaled');
    expect(await kubectl(['describe', 'rc', 'web'])).toMatch(/Pods Status:\s+5 Running \/ 0 Waiting/);
    const pod = (await kubectl(['get', 'pods', '-o', 'name'])).split('\n')[0]!;
    expect(await kubectl(['describe', pod])).toMatch(/Normal\s+Started\s+\S+\s+kubelet\s+Started container web/);
    expect(await kubectl(['logs', pod, '--tail=1'])).not.toBe('');
  });

  step('stops a node: its pods move to the other', async () => {
    await go('Nodes');
    const card = page.getByRole('listitem').filter({ hasText: NODES[1]! });
    await card.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await card.getByText('Stopped').waitFor({ timeout: 60_000 });
    await shoot(page, '10-node-stopped');
    await go('Pods');
    await expect.poll(() => podsIn(page, 'Running'), { timeout: 20_000 }).toHaveLength(5);
    expect(await page.getByRole('row', { name: new RegExp(NODES[1]!) }).count()).toBe(0);
    expect(await (await fetch(new URL('/api', link))).json()).toMatchObject({ node: NODES[0] });
  });

  step('starts it again', async () => {
    await go('Nodes');
    const card = page.getByRole('listitem').filter({ hasText: NODES[1]! });
    await card.getByRole('button', { name: 'Start' }).click();
    await card.getByText('Ready', { exact: true }).waitFor({ timeout: 30_000 });
    await shoot(page, '11-node-started');
  });

  step('finds everything as it was after it was quit and started', async () => {
    const before = await kubectl([
      'get',
      'pods',
      '-o',
      'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].containerID}{"\\n"}{end}',
    ]);
    expect(await app.quit()).toBe(0);
    // The app is the master: what runs goes on without it.
    expect((await fetch(new URL('/api', link))).status).toBe(200);
    app = await RunningApp.start(home);
    const started = performance.now();
    await expect.poll(async () => (await kubectl.try(['get', '--raw', '/readyz'])).stdout, { interval: 50 }).toBe('ok');
    figures.add('API after a restart', app.startMs + performance.now() - started, 1_000);
    const after = await kubectl([
      'get',
      'pods',
      '-o',
      'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].containerID}{"\\n"}{end}',
    ]);
    expect(after).toBe(before);
    await page.goto(app.url);
    await page.getByRole('heading', { name: 'Everything is running' }).waitFor({ timeout: 30_000 });
    await shoot(page, '12-after-restart');
  });

  step('is deleted, and leaves the computer as it was', async () => {
    await page.getByRole('button', { name: 'More for this cluster' }).click();
    await page.getByRole('menuitem', { name: 'Delete cluster' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(`Type ${CLUSTER} to confirm`).fill(CLUSTER);
    await shoot(page, '13-delete');
    const started = performance.now();
    await dialog.getByRole('button', { name: 'Delete cluster' }).click();
    await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor({ timeout: 30_000 });
    figures.add('delete', performance.now() - started, 5_000);
    expect(await hostTraces(id, NODES)).toEqual(NO_TRACES);
    expect(await readdir(path.join(home, 'clusters'))).toEqual([]);
    expect(await readdir(path.join(home, 'machines'))).toEqual([]);
  });
});

/** The names of the pods that the table shows in a status. */
async function podsIn(page: Page, status: string): Promise<string[]> {
  const rows = page.getByRole('row').filter({ hasText: status });
  const texts = await rows.allTextContents();
  return texts.map((text) => /web-\w{5}/.exec(text)?.[0]).filter((name) => name !== undefined);
}
