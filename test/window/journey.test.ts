import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import type { ClusterId } from '#common/contract/cluster.ts';
import { open } from './browser.ts';
import { noData, node } from './world/cluster-data.ts';
import { busyCluster, createProgress } from './world/samples.ts';
import { World } from './world/world.ts';

const ready = { ...noData, nodes: [node('local-1', 0), node('local-2', 1)] };

/** Tabs on until the keyboard is on what has this accessible name. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    const focused = page.locator(':focus');
    if (
      (await focused.count()) > 0 &&
      (await focused.and(page.getByRole('button', { name }).or(page.getByLabel(name))).count()) > 0
    )
      return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard never came to ${String(name)}.`);
}

describe('by keyboard alone', () => {
  it('a first cluster is named, sized and created', async () => {
    const { page, world } = await open(new World());
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).waitFor();
    await tabTo(page, 'Name');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('harbour');
    await tabTo(page, '2');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, 'CPUs per node');
    await page.keyboard.press('ArrowUp');
    await page.getByText('Uses 9 of 8 CPUs').waitFor();
    await tabTo(page, 'Create cluster');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: 'Creating harbour' }).waitFor();
    expect(world.calls.filter(({ name }) => name === 'clusters.create').map(({ args }) => args)).toEqual([
      {
        name: 'harbour',
        provider: 'namespace',
        nodes: 3,
        cpus: 3,
        memoryBytes: 2 * 2 ** 30,
        diskBytes: 20 * 2 ** 30,
        hosts: [],
      },
    ]);

    const { id } = world.clusters.value[0]!;
    world.progress(id).set(createProgress(['harbour-1', 'harbour-2', 'harbour-3'], 5));
    await page.locator('[aria-current=step]').getByText('Set up the kernel and network').waitFor();
    expect(await page.locator('[aria-current=step] ul li').count()).toBe(3);
    world.finish(id);
    await page.getByRole('heading', { level: 1, name: 'Everything is running' }).waitFor();
  });

  it('an app is deployed, and its link is there when it runs', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world);
    await tabTo(page, 'Deploy app');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Name');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('greeter');
    await tabTo(page, 'pilothouse/web:2');
    await page.keyboard.press('Space');
    await tabTo(page, 'Replicas');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');

    const dialog = page.getByRole('dialog', { name: 'greeter is starting' });
    await dialog.getByText('0 of 3 ready').waitFor();
    await dialog.getByText('ContainerCreating').nth(2).waitFor();
    expect(await dialog.getByRole('link').count()).toBe(0);
    world.settle(id);
    const done = page.getByRole('dialog', { name: 'greeter is running' });
    await done.getByText('3 of 3 ready').waitFor();
    const link = done.getByRole('link', { name: 'Open app' });
    expect(await link.getAttribute('href')).toBe('http://10.97.0.11:30080/');
    expect(await link.getAttribute('rel')).toContain('noopener');
    await page.keyboard.press('Escape');
    await done.waitFor({ state: 'detached' });
    expect(world.calls.filter(({ name }) => name === 'cluster.deploy').map(({ args }) => args)).toEqual([
      {
        cluster: id,
        workload: { namespace: 'default', name: 'greeter', image: 'pilothouse/web:2', replicas: 3, port: 8080 },
      },
    ]);
  });
});

describe('creating', () => {
  it('is not possible while a check fails or the name is taken, and says why', async () => {
    const world = new World();
    world.addCluster('local', ready);
    const { page } = await open(world, {}, '#/new');
    const create = page.getByRole('button', { name: 'Create cluster' });
    await create.and(page.locator(':enabled')).waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('local-2');
    await page.getByLabel('Name').fill('local');
    await page.getByText('There is a cluster of this name.').waitFor();
    expect(await create.isDisabled()).toBe(true);
    await page.getByLabel('Name').fill('other');
    expect(await create.isDisabled()).toBe(false);
    world.preflight.set({
      finished: true,
      findings: [
        { check: 'memory', outcome: 'failed', code: 'memory-short', params: { available: '1 GiB', needed: '2 GiB' } },
      ],
    });
    await page.getByText('Memory is short: 1 GiB free, 2 GiB needed').waitFor();
    expect(await create.isDisabled()).toBe(true);
  });

  it('can be cancelled and gone on with', async () => {
    const world = new World();
    const { page } = await open(world);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('The work was interrupted.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
    expect(world.calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['clusters.cancel', 'clusters.resume']));
  });

  it('that fails shows the command and its lines, and tries again from there', async () => {
    const world = new World();
    const { page } = await open(world);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
    const { id } = world.clusters.value[0]!;
    const error = new AppError('remote-command-failed', {
      params: { host: 'local-1', reason: 'exit code 100' },
      command: 'apt-get update',
      lines: ['\u001b[31mE: no network\u001b[0m'],
    });
    world.progress(id).update((now) => now && { ...now, state: 'failed', finishedAt: Date.now() });
    world.change(id, { phase: 'failed', error: error.toShape() });
    const panel = page.getByRole('alert');
    await panel.getByText('A command on local-1 failed (exit code 100)').waitFor();
    expect(await panel.locator('pre').textContent()).toBe('E: no network');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await panel.getByRole('button', { name: 'Copy report' }).click();
    await panel.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'remote-command-failed: A command on {host} failed ({reason})\nhost: local-1\nreason: exit code 100\n$ apt-get update\nE: no network',
    );
    await panel.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
  });
});

describe('a running cluster', () => {
  async function deployed(): Promise<{ page: Page; world: World; id: ClusterId }> {
    const world = new World();
    const id = world.addCluster('local', busyCluster());
    const { page } = await open(world, {}, `#/clusters/${id}/workloads`);
    await page.getByRole('row', { name: /web/ }).waitFor();
    return { page, world, id };
  }

  it('is scaled in place, ten clicks in few requests, the number of ready ones live', async () => {
    const { page, world, id } = await deployed();
    const row = page.getByRole('row', { name: /web/ });
    for (let clicks = 0; clicks < 10; clicks++)
      await row.getByRole('button', { name: 'One more replica of web' }).click();
    await row.getByRole('img', { name: '3 of 13 ready' }).waitFor();
    world.settle(id);
    await row.getByRole('img', { name: '13 of 13 ready' }).waitFor();
    expect(await row.getByLabel('Replicas of web').inputValue()).toBe('13');
    const requests = world.calls.filter(({ name }) => name === 'cluster.scale');
    expect(requests.length).toBeLessThanOrEqual(10);
    expect(requests.at(-1)!.args).toMatchObject({ name: 'web', namespace: 'default', replicas: 13 });
    await row.getByLabel('Replicas of web').fill('2');
    await page.keyboard.press('Enter');
    await row.getByRole('img', { name: '2 of 2 ready' }).waitFor();
  });

  it('keeps the number that it has when scaling is refused, and says why', async () => {
    const { page, world } = await deployed();
    world.fail('cluster.scale', new AppError('refused-by-api', { params: { message: 'exceeded quota: team' } }));
    const row = page.getByRole('row', { name: /web/ });
    await row.getByRole('button', { name: 'One more replica of web' }).click();
    await page.getByRole('alert').getByText('It says: exceeded quota: team').waitFor();
    expect(await row.getByLabel('Replicas of web').inputValue()).toBe('3');
  });

  it('offers a name that is taken to be changed, the form kept', async () => {
    const { page } = await deployed();
    await page.getByRole('button', { name: 'Deploy app' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('spinbutton', { name: 'Port' }).fill('9000');
    await dialog.getByRole('button', { name: 'Deploy' }).click();
    await dialog.getByText('There is already something of this name.').waitFor();
    expect(await dialog.getByRole('spinbutton', { name: 'Port' }).inputValue()).toBe('9000');
    await dialog.getByLabel('Name').fill('web-2');
    expect(await dialog.getByText('There is already something of this name.').count()).toBe(0);
  });

  it('loses a workload only after it was confirmed', async () => {
    const { page, world } = await deployed();
    await page.getByRole('row', { name: /web/ }).getByRole('button', { name: 'Delete web' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(world.calls.some(({ name }) => name === 'cluster.deleteWorkload')).toBe(false);
    await page.getByRole('row', { name: /web/ }).getByRole('button', { name: 'Delete web' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('row', { name: /web/ }).waitFor({ state: 'detached' });
  });

  it('has its nodes stopped and started', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    const second = page.getByRole('listitem').filter({ hasText: 'local-2' });
    await second.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByText('The node is drained first').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await second.getByText('Stopped').waitFor();
    await page.getByText('1/2 nodes ready').waitFor();
    await second.getByRole('button', { name: 'Start' }).click();
    await second.getByText('Ready').waitFor();
    expect(world.calls.filter(({ name }) => /Node$/.test(name)).map(({ args }) => args)).toEqual([
      { cluster: id, node: 'local-2' },
      { cluster: id, node: 'local-2', secrets: {} },
    ]);
  });

  it('is deleted only when its name was typed', async () => {
    const world = new World();
    world.addCluster('local', ready);
    const { page } = await open(world);
    await page.getByRole('button', { name: 'More for this cluster' }).click();
    await page.getByRole('menuitem', { name: 'Delete cluster' }).click();
    const dialog = page.getByRole('dialog');
    const remove = dialog.getByRole('button', { name: 'Delete cluster' });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('Type local to confirm').fill('locale');
    await dialog.getByText('This is not its name.').waitFor();
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('Type local to confirm').fill('local');
    await remove.click();
    await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
  });

  it('gives its kubeconfig away as text', async () => {
    const world = new World();
    world.addCluster('local', ready);
    const { page } = await open(world);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Connect kubectl' }).click();
    await page.getByRole('dialog').getByText('current-context: local').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('server: https://127.0.0.1:16443');
  });

  it('is one of several that the window switches between', async () => {
    const world = new World();
    world.addCluster('local', ready);
    world.addCluster('staging', busyCluster());
    const { page } = await open(world);
    await page.getByText('Cluster local with 2 nodes').waitFor();
    await page.getByRole('button', { name: 'Cluster: local' }).click();
    await page.getByRole('menuitemcheckbox', { name: /staging/ }).click();
    await page.getByText('Cluster staging with 3 nodes').waitFor();
    await page.reload();
    await page.getByText('Cluster staging with 3 nodes').waitFor();
    await page.getByRole('button', { name: 'Cluster: staging' }).click();
    await page.getByRole('menuitem', { name: 'New cluster' }).click();
    await page.getByRole('heading', { name: 'New cluster' }).waitFor();
  });
});
