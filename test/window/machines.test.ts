import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { open } from './browser.ts';
import { noData, node } from './world/cluster-data.ts';
import { fingerprint, progressOf } from './world/samples.ts';
import { World } from './world/world.ts';

const GIB = 2 ** 30;
const ready = { ...noData, nodes: [node('local-1', 0), node('local-2', 1)] };
const sudoNeeded = (host: string) => new AppError('sudo-password-needed', { params: { host, user: 'me' } });

const calls = (world: World, called: string) =>
  world.calls.filter(({ name }) => name === called).map(({ args }) => args);

const machine = (page: Page, number: number) => page.getByRole('group', { name: `Machine ${number}`, exact: true });

async function chooseSsh(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Machines reached by SSH' }).check();
  await machine(page, 1).waitFor();
}

describe('where nodes run', () => {
  it('is chosen among what the app offers, and the checks are of that', async () => {
    const world = new World();
    const { page } = await open(world);
    await page.getByRole('radio', { name: 'Part of this Linux' }).and(page.locator(':checked')).waitFor();
    await page.getByRole('radio', { name: 'Part of this Linux' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('radio', { name: 'Virtual machines' }).and(page.locator(':checked')).waitFor();
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).click();
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
    expect(calls(world, 'machines.preflight')).toEqual([
      { provider: 'namespace', hosts: [] },
      { provider: 'multipass', hosts: [] },
    ]);
    expect(calls(world, 'clusters.create')).toMatchObject([{ provider: 'multipass', nodes: 2, hosts: [] }]);
  });

  it('is not asked where there is one way only', async () => {
    const world = new World();
    world.info = { ...world.info, providers: ['namespace'] };
    const { page } = await open(world);
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).waitFor();
    expect(await page.getByText('Where its nodes run').count()).toBe(0);
  });
});

describe('machines of the user', () => {
  it('are named, checked, and created with the keys that they showed', async () => {
    const world = new World();
    const { page } = await open(world);
    await chooseSsh(page);
    const create = page.getByRole('button', { name: 'Create cluster' });
    expect(await page.getByLabel('CPUs per node').count()).toBe(0);
    await page.getByText('Check the machines first.').waitFor();
    expect(await create.isDisabled()).toBe(true);

    await machine(page, 1).getByLabel('Address').fill('192.168.7.21');
    await machine(page, 1).getByLabel('Private key file').fill('/home/me/.ssh/id_ed25519');
    await machine(page, 1).getByLabel('Passphrase of the key').fill('correct horse');
    await page.getByRole('button', { name: 'Add a machine' }).click();
    expect(await machine(page, 2).getByLabel('Private key file').inputValue()).toBe('/home/me/.ssh/id_ed25519');
    await machine(page, 2).getByLabel('Address').fill('node.example');
    await machine(page, 2).getByRole('spinbutton', { name: 'SSH port' }).fill('2222');
    await machine(page, 2).getByLabel('User').fill('me');
    await page.getByRole('button', { name: 'Check the machines' }).click();
    await page.getByText('me needs a password for sudo on node.example').waitFor();
    await page.getByText('One check failed').waitFor();
    expect(await create.isDisabled()).toBe(true);

    await machine(page, 2).getByLabel('Password for sudo').fill('open sesame');
    expect(await page.getByText('me needs a password').count()).toBe(0);
    await page.getByRole('button', { name: 'Check the machines' }).click();
    const second = page.getByRole('list', { name: 'me@node.example:2222' });
    await second.getByText(fingerprint).waitFor();
    await page.getByText('Compare the fingerprints').waitFor();
    await create.click();
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();

    const key = { keyFile: '/home/me/.ssh/id_ed25519', hostKey: fingerprint };
    expect(calls(world, 'clusters.create')).toMatchObject([
      {
        name: 'local',
        provider: 'ssh',
        nodes: 2,
        hosts: [
          { address: '192.168.7.21', port: 22, user: 'root', ...key, secrets: { passphrase: 'correct horse' } },
          {
            address: 'node.example',
            port: 2222,
            user: 'me',
            ...key,
            secrets: { passphrase: 'correct horse', sudoPassword: 'open sesame' },
          },
        ],
      },
    ]);
  });

  it('are not looked at while the form is wrong, which says where', async () => {
    const world = new World();
    const { page } = await open(world);
    await chooseSsh(page);
    expect(await page.getByText('Give a host name or an IPv4 address.').count()).toBe(0);
    await page.getByRole('button', { name: 'Check the machine' }).click();
    await page.getByText('Give a host name or an IPv4 address.').waitFor();
    await machine(page, 1).getByLabel('Address').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('192.168.7.21');
    await machine(page, 1).getByRole('spinbutton', { name: 'SSH port' }).fill('70000');
    await page.getByText('Choose a port from 1 to 65535.').waitFor();
    await machine(page, 1).getByRole('spinbutton', { name: 'SSH port' }).fill('22');
    await machine(page, 1).getByLabel('User').fill('a b');
    await page.getByText('This cannot be the name of a user.').waitFor();
    await machine(page, 1).getByLabel('User').fill('root');
    for (const number of [2, 3]) {
      await page.getByRole('button', { name: 'Add a machine' }).click();
      await machine(page, number)
        .getByLabel('Address')
        .fill(`192.168.7.2${number === 3 ? 1 : number}`);
    }
    expect(await page.getByRole('button', { name: 'Add a machine' }).isDisabled()).toBe(true);
    await page.getByText('This machine is named twice').waitFor();
    await page.getByRole('button', { name: 'Check the machines' }).click();
    await page.getByRole('button', { name: 'Remove machine 3' }).click();
    await page.getByRole('button', { name: 'Check the machines' }).click();
    await page.getByRole('button', { name: 'Create cluster' }).and(page.locator(':enabled')).waitFor();
    const asked = calls(world, 'machines.preflight');
    expect(asked).toMatchObject([{ provider: 'namespace' }, { provider: 'ssh' }]);
  });

  it('are let go of without being reached only when that is wanted', async () => {
    const world = new World();
    const id = world.addCluster('local', ready, { provider: 'ssh' });
    const { page } = await open(world);
    await page.getByRole('button', { name: 'More for this cluster' }).click();
    await page.getByRole('menuitem', { name: 'Delete cluster' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Leave machines that cannot be reached' }).check();
    await dialog.getByLabel('Type local to confirm').fill('local');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
    expect(calls(world, 'clusters.delete')).toEqual([{ cluster: id, abandon: true }]);
  });
});

describe('secrets', () => {
  it('are asked for where a create stopped, and sent to go on', async () => {
    const world = new World();
    const id = world.addCluster('local', noData, {
      provider: 'ssh',
      phase: 'creating',
      nodes: ['local-1', 'local-2', 'local-3'].map((name) => ({ name, machine: 'absent' })),
    });
    world.progress(id).set(progressOf('create', ['local-1', 'local-2', 'local-3'], 1));
    const { page } = await open(world);
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
    const passphrase = new AppError('ssh-passphrase-needed', { params: { file: '/k' } });
    world.failAt(id, 1, { 'local-1': passphrase, 'local-2': passphrase, 'local-3': sudoNeeded('10.0.0.3') });
    const goOn = page.getByRole('button', { name: 'Go on' });
    await page.getByLabel('Passphrase of the key for local-1, local-2').fill('correct horse');
    expect(await goOn.isDisabled()).toBe(true);
    const password = page.getByLabel('Password for sudo on local-3');
    expect(await password.getAttribute('type')).toBe('password');
    await password.fill('open sesame');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Creating local' }).waitFor();
    await password.waitFor({ state: 'detached' });
    expect(calls(world, 'clusters.resume')).toEqual([
      {
        cluster: id,
        secrets: {
          'local-1': { passphrase: 'correct horse' },
          'local-2': { passphrase: 'correct horse' },
          'local-3': { sudoPassword: 'open sesame' },
        },
      },
    ]);
  });

  it('are asked for in a cluster that stands, when a start wants them', async () => {
    const world = new World();
    const id = world.addCluster('local', ready, { provider: 'ssh' });
    world.progress(id).set(progressOf('start', ['local-1', 'local-2'], 1));
    world.failAt(id, 1, { 'local-2': sudoNeeded('10.0.0.2') });
    const { page } = await open(world);
    await page.getByLabel('Password for sudo on local-2').fill('open sesame');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByLabel('Password for sudo on local-2').waitFor({ state: 'detached' });
    expect(calls(world, 'clusters.resume')).toEqual([
      { cluster: id, secrets: { 'local-2': { sudoPassword: 'open sesame' } } },
    ]);
  });

  it('are asked for at the node that was to be started', async () => {
    const world = new World();
    const id = world.addCluster('local', ready, { provider: 'ssh' });
    world.change(id, {
      nodes: [
        { name: 'local-1', machine: 'running' },
        { name: 'local-2', machine: 'stopped', error: sudoNeeded('10.0.0.2').toShape() },
      ],
    });
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    await page.getByLabel('Password for sudo on local-2').fill('open sesame');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Stop' }).nth(1).waitFor();
    expect(calls(world, 'clusters.startNode')).toEqual([
      { cluster: id, node: 'local-2', secrets: { sudoPassword: 'open sesame' } },
    ]);
  });
});

describe('a whole cluster', () => {
  it('is stopped once that is confirmed, and started again', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world);
    const stop = async (): Promise<void> => {
      await page.getByRole('button', { name: 'More for this cluster' }).click();
      await page.getByRole('menuitem', { name: 'Stop cluster' }).click();
      await page.getByRole('dialog').getByText('All its pods end').waitFor();
    };
    await stop();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(calls(world, 'clusters.stop')).toEqual([]);
    await stop();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop cluster' }).click();
    await page.getByRole('heading', { level: 1, name: 'Stopping local' }).waitFor();
    world.finish(id);
    await page.getByText('local is stopped').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'local-2' }).getByText('Stopped').waitFor();
    await page.getByRole('button', { name: 'Start cluster' }).click();
    await page.getByRole('heading', { level: 1, name: 'Starting local' }).waitFor();
    world.finish(id);
    await page.getByRole('heading', { level: 1, name: 'Everything is running' }).waitFor();
    expect(calls(world, 'clusters.resume')).toEqual([{ cluster: id, secrets: {} }]);
  });
});

describe('nodes', () => {
  it('are added, of the size of the last one unless another is chosen', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    await page.getByText('containerd://').first().waitFor();
    await page.getByRole('button', { name: 'Add node' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a node to local' });
    expect(await dialog.getByRole('spinbutton', { name: 'CPUs' }).inputValue()).toBe('2');
    await dialog.getByLabel('Name').fill('local-2');
    await dialog.getByText('There is a node of this name.').waitFor();
    await dialog.getByLabel('Name').fill('');
    await dialog.getByRole('spinbutton', { name: 'Memory' }).fill('3.5');
    await dialog.getByRole('button', { name: 'Add node' }).click();
    const adding = page.getByRole('region', { name: 'Adding local-3' });
    await adding.locator('[aria-current=step]').getByText('Create the machines').waitFor();
    expect(await page.getByRole('button', { name: 'Add node' }).isDisabled()).toBe(true);
    world.finish(id);
    await adding.waitFor({ state: 'detached' });
    await page.getByRole('listitem').filter({ hasText: 'local-3' }).getByText('Ready').waitFor();
    expect(calls(world, 'clusters.addNode')).toEqual([{ cluster: id, memoryBytes: 3.5 * GIB }]);
  });

  it('that could not be added say why, and are tried again', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    await page.getByRole('button', { name: 'Add node' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Add node' }).click();
    await page.getByRole('region', { name: 'Adding local-3' }).waitFor();
    world.failAt(id, 1, {
      'local-3': new AppError('machine-create-failed', { params: { machine: 'local-3', reason: 'exit code 1' } }),
    });
    await page.getByRole('alert').getByText('Machine local-3 could not be created').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[aria-current=step]').waitFor();
    expect(calls(world, 'clusters.resume')).toEqual([{ cluster: id, secrets: {} }]);
  });

  it('of the machines of a user are named, checked and added', async () => {
    const world = new World();
    const id = world.addCluster('local', ready, { provider: 'ssh' });
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    await page.getByRole('button', { name: 'Add node' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a node to local' });
    expect(await dialog.getByLabel('Memory').count()).toBe(0);
    await dialog.getByLabel('Address').fill('192.168.7.23');
    await dialog.getByLabel('User').fill('me');
    await dialog.getByRole('button', { name: 'Check the machine' }).click();
    await dialog.getByText('me needs a password for sudo on 192.168.7.23').waitFor();
    expect(await dialog.getByRole('button', { name: 'Add node' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Password for sudo').fill('open sesame');
    await dialog.getByRole('button', { name: 'Check the machine' }).click();
    await dialog.getByText(fingerprint).waitFor();
    await dialog.getByRole('button', { name: 'Add node' }).click();
    await page.getByRole('region', { name: 'Adding local-3' }).waitFor();
    world.finish(id);
    await page.getByRole('listitem').filter({ hasText: 'local-3' }).getByText(fingerprint).waitFor();
    expect(calls(world, 'clusters.addNode')).toEqual([
      {
        cluster: id,
        host: {
          address: '192.168.7.23',
          port: 22,
          user: 'me',
          hostKey: fingerprint,
          secrets: { sudoPassword: 'open sesame' },
        },
      },
    ]);
  });

  it('are removed once that is confirmed, but for the last one', async () => {
    const world = new World();
    const id = world.addCluster('local', ready);
    const { page } = await open(world, {}, `#/clusters/${id}/nodes`);
    await page.getByRole('button', { name: 'Remove local-2' }).click();
    await page.getByRole('dialog').getByText('The node is drained first').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove node' }).click();
    await page.locator('[aria-current=step]').getByText('Move the pods to other nodes').waitFor();
    world.finish(id);
    await page.getByRole('heading', { name: 'local-2', exact: true }).waitFor({ state: 'detached' });
    expect(calls(world, 'clusters.removeNode')).toEqual([{ cluster: id, node: 'local-2' }]);

    const only = page.getByRole('button', { name: 'Remove local-1' });
    expect(await only.getAttribute('aria-disabled')).toBe('true');
    await only.focus();
    await page.keyboard.press('Enter');
    await only.hover();
    await page.getByText('The only node cannot be removed.').and(page.locator(':visible')).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});
