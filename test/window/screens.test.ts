import { it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { draw, type Scene } from './scene.ts';
import { noData, type ClusterData } from './world/cluster-data.ts';
import { busyCluster, createProgress, crowdedCluster, troubledFindings } from './world/samples.ts';
import type { World } from './world/world.ts';

const ID = 'c00001';
const section = (name: string) => `#/clusters/${ID}/${name}`;
const local = (data: ClusterData) => (world: World) => void world.addCluster('local', data);
const unwell = new AppError('master-failed', {
  params: { message: 'exit code 1' },
  command: 'pilothouse master --data /var/lib/pilothouse/c00001',
  lines: ['opening the store', 'SQLITE_CORRUPT: database disk image is malformed'],
});
const GRID_ROW = '[role=row][data-number="0"] [role=gridcell]:not(.animate-pulse)';

const creating = (at: number) => (world: World) => {
  const names = ['local-1', 'local-2', 'local-3'];
  const id = world.addCluster('local', noData, {
    phase: 'creating',
    server: undefined,
    nodes: names.map((name) => ({ name, machine: 'starting' })),
  });
  world.progress(id).set(createProgress(names, at));
};

const failing = (world: World) => {
  creating(6)(world);
  const error = new AppError('remote-command-failed', {
    params: { host: '10.97.0.12', reason: 'exit code 100' },
    command: 'apt-get install --yes containerd',
    lines: [
      'Reading package lists...',
      '\u001b[31mE:\u001b[0m Unable to fetch some archives',
      'E: Temporary failure resolving deb.example',
    ],
  }).toShape();
  world.change(world.clusters.value[0]!.id, { phase: 'failed', error });
  world.progress(world.clusters.value[0]!.id).update((now) => {
    if (!now) return now;
    const steps = now.steps.map((step) =>
      step.state === 'running'
        ? {
            ...step,
            state: 'failed' as const,
            finishedAt: Date.now(),
            error,
            nodes: step.nodes.map((one, n) => ({ ...one, state: n === 1 ? ('failed' as const) : ('done' as const) })),
          }
        : step,
    );
    return { ...now, state: 'failed' as const, finishedAt: Date.now(), steps };
  });
};

const tables = [
  { name: 'workloads', fixed: busyCluster },
  { name: 'pods', fixed: busyCluster },
  { name: 'services', fixed: busyCluster },
  { name: 'events', fixed: busyCluster },
] as const;

const scenes: readonly Scene[] = [
  { name: 'first-run', arrange: () => undefined, reached: 'button[type=submit]:enabled' },
  {
    name: 'first-run-checking',
    arrange: (world) => world.preflight.update(({ findings }) => ({ finished: false, findings: findings.slice(0, 4) })),
    reached: 'main p[role=status]',
  },
  {
    name: 'first-run-troubled',
    arrange: (world) => world.preflight.set({ finished: true, findings: [...troubledFindings] }),
    act: async (page) => page.getByRole('textbox').first().fill('-No good'),
    reached: 'input[aria-invalid=true]',
  },
  { name: 'first-run-error', arrange: (world) => world.fail('machines.preflight', unwell), reached: '[role=alert]' },
  { name: 'another-cluster', at: '#/new', arrange: local(busyCluster()), reached: 'button[type=submit]:enabled' },
  { name: 'app-error', arrange: (world) => world.fail('clusters.watch', unwell), reached: '[role=alert]' },
  { name: 'app-loading', arrange: (world) => world.hold('clusters.watch'), reached: '[role=status] svg' },
  { name: 'progress', arrange: creating(4), reached: '[aria-current=step]' },
  { name: 'progress-failed', arrange: failing, reached: '[role=alert]' },
  {
    name: 'progress-cancelled',
    arrange: (world) => {
      creating(5)(world);
      const { id } = world.clusters.value[0]!;
      world.change(id, { phase: 'failed', error: new AppError('cancelled').toShape() });
      world.progress(id).update((now) => now && { ...now, state: 'cancelled', finishedAt: Date.now() });
    },
    reached: 'ol li',
  },
  {
    name: 'cluster-stopped',
    arrange: (world) => void world.addCluster('local', busyCluster(), { phase: 'stopped' }),
    reached: 'main button',
  },
  {
    name: 'overview',
    at: section('overview'),
    arrange: local(busyCluster()),
    reached: 'main li dl time:not(:empty)',
  },
  {
    name: 'overview-fresh',
    at: section('overview'),
    arrange: (world) => local({ ...noData, nodes: busyCluster().nodes.slice(0, 2) })(world),
    reached: 'main li dl time:not(:empty)',
  },
  {
    name: 'overview-loading',
    at: section('overview'),
    arrange: (world) => {
      local(busyCluster())(world);
      world.hold('cluster.overview');
      world.hold('cluster.rows');
    },
    reached: 'main [role=status]',
  },
  {
    name: 'overview-error',
    at: section('overview'),
    arrange: (world) => {
      local(busyCluster())(world);
      world.fail('cluster.overview', unwell);
      world.fail('cluster.rows', unwell);
    },
    reached: '[role=alert]',
  },
  { name: 'nodes', at: section('nodes'), arrange: local(busyCluster()), reached: 'main dl' },
  {
    name: 'nodes-changing',
    at: section('nodes'),
    arrange: (world) => {
      const id = world.addCluster('local', { ...busyCluster(), nodes: busyCluster().nodes.slice(0, 2) });
      world.change(id, {
        nodes: [
          { name: 'local-1', machine: 'running', address: '10.97.0.11' },
          { name: 'local-2', machine: 'stopped', address: '10.97.0.12' },
          {
            name: 'local-3',
            machine: 'broken',
            error: new AppError('machine-start-failed', {
              params: { machine: 'local-3' },
              lines: ['unshare: cannot allocate memory'],
            }).toShape(),
          },
          { name: 'local-4', machine: 'stopping' },
        ],
      });
    },
    reached: '[role=alert]',
  },
  {
    name: 'nodes-stop',
    at: section('nodes'),
    arrange: local(busyCluster()),
    act: async (page) => page.locator('main li button').first().click(),
    reached: '[role=dialog]',
  },
  ...tables.flatMap(({ name, fixed }): Scene[] => [
    { name, at: section(name), arrange: local(fixed()), reached: GRID_ROW },
    {
      name: `${name}-empty`,
      at: section(name),
      arrange: local({ ...noData, nodes: busyCluster().nodes }),
      reached: 'main p',
    },
    {
      name: `${name}-loading`,
      at: section(name),
      arrange: (world) => {
        local(fixed())(world);
        world.hold('cluster.rows');
      },
      reached: '[role=gridcell].animate-pulse',
    },
    {
      name: `${name}-error`,
      at: section(name),
      arrange: (world) => {
        local(fixed())(world);
        world.fail('cluster.rows', unwell);
      },
      reached: '[role=alert]',
    },
  ]),
  { name: 'pods-crowded', at: section('pods'), arrange: local(crowdedCluster()), reached: GRID_ROW },
  {
    name: 'pods-no-match',
    at: section('pods'),
    arrange: local(busyCluster()),
    act: async (page) => page.getByRole('searchbox').fill('nothing has this name'),
    reached: 'main p',
  },
  { name: 'pod', at: section('pods/shop/checkout-kd6nz'), arrange: local(busyCluster()), reached: 'aside dl' },
  {
    name: 'pod-logs',
    at: section('pods/default/web-4kx2p'),
    arrange: (world) => {
      local(busyCluster())(world);
      world.logs.set(
        Array.from(
          { length: 400 },
          (_, n) =>
            `2030-01-01T12:00:${String(n % 60).padStart(2, '0')}Z \u001b[36mGET\u001b[0m / 200 ${n % 9} ms request=${n} 你好`,
        ),
      );
    },
    act: async (page) => page.getByRole('tab').nth(1).click(),
    reached: '[role=log] pre:not(:empty)',
  },
  {
    name: 'pod-events',
    at: section('pods/default/web-4kx2p'),
    arrange: local(busyCluster()),
    act: async (page) => page.getByRole('tab').nth(2).click(),
    reached: 'aside li time:not(:empty)',
  },
  {
    name: 'deploy',
    at: section('workloads'),
    arrange: local({ ...noData, nodes: busyCluster().nodes }),
    act: async (page) => page.locator('main header button').click(),
    reached: '[role=dialog] form',
  },
  {
    name: 'deploy-invalid',
    at: section('workloads'),
    arrange: local({ ...noData, nodes: busyCluster().nodes }),
    act: async (page) => {
      await page.locator('main header button').click();
      await page.getByRole('dialog').getByRole('textbox').first().fill('Web App');
      await page.getByRole('dialog').getByRole('textbox').nth(1).fill('https://not an image');
      await page.getByRole('dialog').getByRole('spinbutton').first().fill('501');
      await page.getByRole('dialog').getByRole('spinbutton').nth(1).fill('0');
    },
    reached: '[role=dialog] [id$=problem]',
  },
  {
    name: 'deploy-result',
    at: section('workloads'),
    arrange: local({ ...noData, nodes: busyCluster().nodes }),
    act: async (page) => {
      await page.locator('main header button').click();
      await page.locator('[role=dialog] button[type=submit]').click();
    },
    reached: '[role=dialog] li',
  },
  {
    name: 'delete-cluster',
    at: section('overview'),
    arrange: local(busyCluster()),
    act: async (page) => {
      await page.locator('main [aria-haspopup=menu]').click();
      await page.getByRole('menuitem').last().click();
      await page.getByRole('dialog').getByRole('textbox').fill('loc');
    },
    reached: '[role=dialog] form',
  },
  {
    name: 'kubeconfig',
    at: section('overview'),
    arrange: local(busyCluster()),
    act: async (page) => page.locator('main button').nth(1).click(),
    reached: '[role=dialog] pre:not(:empty)',
  },
  {
    name: 'switcher',
    at: section('overview'),
    arrange: (world) => {
      local(busyCluster())(world);
      world.addCluster('staging', noData, { phase: 'creating' });
      world.addCluster('a-cluster-with-a-long-name-abc', noData, { phase: 'stopped' });
    },
    act: async (page) => page.locator('header [aria-haspopup=menu]').first().click(),
    reached: '[role=menu]',
  },
  {
    name: 'tasks',
    at: section('workloads'),
    arrange: (world) => {
      local(busyCluster())(world);
      world.addCluster('staging', noData, { phase: 'creating' });
      world.fail(
        'cluster.scale',
        new AppError('refused-by-api', {
          params: { message: 'exceeded quota: team, requested: pods=1, used: pods=10' },
        }),
      );
    },
    act: async (page) => {
      await page.locator('[role=gridcell] button').nth(1).click();
      await page.locator('[role=alert]').waitFor();
      await page.locator('header [aria-haspopup=dialog]').click();
    },
    reached: '[role=dialog] ul',
  },
];

it.each(scenes)('$name', draw);
