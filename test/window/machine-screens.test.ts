import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { draw, type Scene } from './scene.ts';
import { noData, node } from './world/cluster-data.ts';
import { busyCluster, createProgress, fingerprint, progressOf } from './world/samples.ts';
import type { World } from './world/world.ts';

const ID = 'c00001';
const section = (name: string) => `#/clusters/${ID}/${name}`;
const LONG = 'build-machine-04.eu-central.compute.example.com';
const hosts = ['local-1', 'local-2', 'local-3'].map((name, index) => ({
  name,
  machine: 'running' as const,
  address: `192.168.7.${index + 21}`,
  hostKey: fingerprint,
}));

const overSsh = (world: World) =>
  world.addCluster(
    'local',
    { ...noData, nodes: hosts.map(({ name }, index) => node(name, index)) },
    {
      provider: 'ssh',
      nodes: hosts,
    },
  );

async function nameHosts(page: Page, addresses: readonly string[], user: string): Promise<void> {
  await page.locator('main input[type=radio][value=ssh]').check();
  const rows = page.locator('main form ul > li');
  for (const [index, address] of addresses.entries()) {
    if (index > 0) await page.locator('main form ul + div button').click();
    const inputs = rows.nth(index).getByRole('textbox');
    await inputs.nth(0).fill(address);
    await inputs.nth(1).fill(user);
  }
}

const check = (page: Page) => page.locator('main [role=group]').nth(1).locator('button').last().click();

const sudoNeeded = (host: string) => new AppError('sudo-password-needed', { params: { host, user: 'deploy' } });
const passphraseNeeded = new AppError('ssh-passphrase-needed', { params: { file: '/home/deploy/.ssh/id_ed25519' } });

const scenes: readonly Scene[] = [
  {
    name: 'hosts',
    arrange: () => undefined,
    act: async (page) => page.locator('main input[type=radio][value=ssh]').check(),
    reached: 'main form ul > li',
  },
  {
    name: 'hosts-invalid',
    arrange: () => undefined,
    act: async (page) => {
      await nameHosts(page, ['192.168.7.21', '192.168.7.21', 'not an address'], 'root');
      await page.locator('main form ul > li').nth(2).getByRole('textbox').nth(1).fill('a b');
      await page.locator('main form ul > li').nth(0).getByRole('textbox').last().fill('/home/deploy/.ssh/id_ed25519');
      await check(page);
    },
    reached: 'main input[aria-invalid=true]',
  },
  {
    name: 'hosts-checked',
    arrange: () => undefined,
    act: async (page) => {
      await nameHosts(page, ['192.168.7.21', '192.168.7.22', LONG], 'root');
      await check(page);
    },
    reached: 'button[type=submit]:enabled',
  },
  {
    name: 'hosts-refused',
    arrange: () => undefined,
    act: async (page) => {
      await nameHosts(page, ['192.168.7.21', LONG], 'deploy');
      await check(page);
    },
    reached: 'main h3 + ul li:nth-child(5)',
  },
  {
    name: 'hosts-error',
    arrange: (world) => world.fail('machines.preflight', new AppError('internal', { params: { message: 'x' } })),
    act: async (page) => {
      await nameHosts(page, ['192.168.7.21'], 'root');
      await check(page);
    },
    reached: '[role=alert]',
  },
  {
    name: 'progress-secrets',
    arrange: (world) => {
      const names = ['local-1', 'local-2', 'local-3'];
      const id = world.addCluster('local', noData, {
        provider: 'ssh',
        phase: 'creating',
        nodes: names.map((name) => ({ name, machine: 'absent' })),
      });
      world.progress(id).set(createProgress(names, 1));
      world.failAt(id, 1, {
        'local-1': passphraseNeeded,
        'local-2': sudoNeeded('192.168.7.22'),
        'local-3': new AppError('sudo-denied', {
          params: { host: LONG, user: 'deploy' },
          lines: ['Sorry, try again.'],
        }),
      });
    },
    reached: 'main input[type=password]',
  },
  {
    name: 'overview-secrets',
    at: section('overview'),
    arrange: (world) => {
      const id = overSsh(world);
      world.progress(id).set(progressOf('start', ['local-1', 'local-2', 'local-3'], 1));
      world.failAt(id, 1, { 'local-2': sudoNeeded('192.168.7.22') });
    },
    reached: 'main input[type=password]',
  },
  {
    name: 'stop-cluster',
    at: section('overview'),
    arrange: (world) => void world.addCluster('local', busyCluster()),
    act: async (page) => {
      await page.locator('main [aria-haspopup=menu]').click();
      await page.getByRole('menuitem').first().click();
    },
    reached: '[role=dialog]',
  },
  {
    name: 'cluster-menu',
    at: section('overview'),
    arrange: (world) => void world.addCluster('local', busyCluster()),
    act: async (page) => page.locator('main [aria-haspopup=menu]').click(),
    reached: '[role=menu]',
  },
  {
    name: 'cluster-stopped-nodes',
    arrange: (world) =>
      void world.addCluster('local', noData, {
        phase: 'stopped',
        provider: 'ssh',
        nodes: hosts.map(({ name }) => ({ name, machine: 'stopped' })),
      }),
    reached: 'main li',
  },
  {
    name: 'delete-hosts',
    at: section('overview'),
    arrange: (world) => void overSsh(world),
    act: async (page) => {
      await page.locator('main [aria-haspopup=menu]').click();
      await page.getByRole('menuitem').last().click();
    },
    reached: '[role=dialog] input[type=checkbox]',
  },
  { name: 'nodes-hosts', at: section('nodes'), arrange: (world) => void overSsh(world), reached: 'main dl' },
  {
    name: 'nodes-only',
    at: section('nodes'),
    arrange: (world) => void world.addCluster('local', { ...noData, nodes: [node('local-1', 0)] }),
    act: async (page) => page.locator('main li button').last().hover(),
    reached: '[data-tooltip-content]',
  },
  {
    name: 'nodes-adding',
    at: section('nodes'),
    arrange: (world) => {
      const id = world.addCluster('local', { ...noData, nodes: [node('local-1', 0)] });
      world.change(id, {
        nodes: [
          { name: 'local-1', machine: 'running' },
          { name: 'local-2', machine: 'starting' },
        ],
      });
      world.progress(id).set(progressOf('add-node', ['local-2'], 4));
    },
    reached: 'main [aria-current=step]',
  },
  {
    name: 'nodes-add-failed',
    at: section('nodes'),
    arrange: (world) => {
      const id = world.addCluster('local', { ...noData, nodes: [node('local-1', 0)] });
      world.change(id, {
        nodes: [
          { name: 'local-1', machine: 'running' },
          { name: 'local-2', machine: 'broken' },
        ],
      });
      world.progress(id).set(progressOf('add-node', ['local-2'], 1));
      world.failAt(id, 1, {
        'local-2': new AppError('machine-create-failed', {
          params: { machine: 'local-2', reason: 'exit code 1' },
          command: 'mmdebstrap --variant=minbase bookworm',
          lines: ['E: no space left on device'],
        }),
      });
    },
    reached: '[role=alert]',
  },
  {
    name: 'nodes-secret',
    at: section('nodes'),
    arrange: (world) => {
      const id = overSsh(world);
      world.change(id, {
        nodes: hosts.map((host, index) =>
          index === 0 ? { ...host, machine: 'stopped', error: sudoNeeded('192.168.7.21').toShape() } : host,
        ),
      });
    },
    reached: 'main input[type=password]',
  },
  {
    name: 'nodes-removing',
    at: section('nodes'),
    arrange: (world) => {
      const id = world.addCluster('local', busyCluster());
      world.progress(id).set(progressOf('remove-node', ['local-3'], 0));
    },
    reached: 'main [aria-current=step]',
  },
  {
    name: 'add-node',
    at: section('nodes'),
    arrange: (world) => void world.addCluster('local', busyCluster()),
    act: async (page) => {
      await page.locator('main dl').first().waitFor();
      await page.locator('main header button').click();
    },
    reached: '[role=dialog] form',
  },
  {
    name: 'add-node-invalid',
    at: section('nodes'),
    arrange: (world) => void world.addCluster('local', busyCluster()),
    act: async (page) => {
      await page.locator('main dl').first().waitFor();
      await page.locator('main header button').click();
      await page.getByRole('dialog').getByRole('textbox').first().fill('local-2');
      await page.getByRole('dialog').getByRole('spinbutton').first().fill('99');
      await page.getByRole('dialog').getByRole('spinbutton').nth(1).fill('64');
    },
    reached: '[role=dialog] [id$=problem]',
  },
  {
    name: 'add-node-host',
    at: section('nodes'),
    arrange: (world) => void overSsh(world),
    act: async (page) => page.locator('main header button').click(),
    reached: '[role=dialog] form',
  },
  {
    name: 'add-node-host-checked',
    at: section('nodes'),
    arrange: (world) => void overSsh(world),
    act: async (page) => {
      await page.locator('main header button').click();
      await page.getByRole('dialog').getByRole('textbox').nth(1).fill(LONG);
      await page.getByRole('dialog').locator('form + div button').click();
      await page.locator('[role=dialog] button[type=submit]:enabled').waitFor();
    },
    reached: '[role=dialog] h3',
  },
  {
    name: 'remove-node',
    at: section('nodes'),
    arrange: (world) => void overSsh(world),
    act: async (page) => page.locator('main li button').nth(1).click(),
    reached: '[role=dialog]',
  },
];

it.each(scenes)('$name', draw);
