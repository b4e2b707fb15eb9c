import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '#common/base/clock.ts';
import { AppError } from '#common/base/app-error.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { OperationProgress } from '#common/contract/cluster.ts';
import { until } from '../../test/support/until.ts';
import { Journal } from './journal.ts';
import { Operation, type PlannedStep } from './operation.ts';

const root = await mkdtemp(path.join(tmpdir(), 'pilothouse-operation-'));
afterAll(() => rm(root, { recursive: true }));

const PLAN = [
  { id: 'prepare', scope: 'cluster' },
  { id: 'machines', scope: 'node' },
  { id: 'install', scope: 'node' },
  { id: 'verify', scope: 'node' },
  { id: 'finish', scope: 'cluster' },
] as const;
const NODES = ['n-1', 'n-2'];

let directories = 0;
let clock: VirtualClock;
let journal: Journal;
/** What has really been done, and would still be there after a crash: `install n-1`. */
let world: Set<string>;
/** Everything that was run, in order. */
let runs: string[];
/** What fails, or takes its time. */
let trouble: Map<string, (signal: AbortSignal) => Promise<void>>;
let seen: OperationProgress[];

beforeEach(async () => {
  const directory = path.join(root, String(++directories));
  await mkdir(directory);
  clock = new VirtualClock();
  journal = new Journal(directory);
  world = new Set();
  runs = [];
  trouble = new Map();
  seen = [];
});

const name = (id: string, node: string): string => (node === '' ? id : `${id} ${node}`);
const steps: PlannedStep[] = PLAN.map(({ id, scope }) => ({
  id,
  scope,
  expectedMs: 1000,
  isDone: async (node) => world.has(name(id, node)),
  async run(node, report, signal) {
    runs.push(name(id, node));
    report({ line: `${name(id, node)} runs`, fraction: 0.5 });
    await trouble.get(name(id, node))?.(signal);
    world.add(name(id, node));
  },
}));

async function operation(): Promise<Operation> {
  const onProgress = (progress: OperationProgress): void => void seen.push(progress);
  const options = { kind: 'create', steps, nodes: NODES, journal, clock, onProgress } as const;
  return new Operation(options, await journal.lastOperation('create'));
}

const run = async (signal = new AbortController().signal): Promise<void> => (await operation()).run(signal);
const fails = (what: string): void =>
  void trouble.set(what, () => Promise.reject(new AppError('ssh-unreachable', { params: { host: what, port: 22 } })));
const everything = PLAN.flatMap(({ id, scope }) => (scope === 'cluster' ? [id] : NODES.map((node) => name(id, node))));
const last = (): OperationProgress => seen.at(-1)!;
const states = (progress = last()): Record<string, string> =>
  Object.fromEntries(
    progress.steps.flatMap(({ id, state, nodes }) => [
      [id, state],
      ...nodes.map((row) => [name(id, row.node), row.state]),
    ]),
  );

describe('an operation', () => {
  it('runs every step once, cluster steps alone, and ends as done', async () => {
    await run();
    expect([...runs].sort()).toEqual([...everything].sort());
    expect(runs[0]).toBe('prepare');
    expect(runs.at(-1)).toBe('finish');
    expect(last()).toMatchObject({ kind: 'create', state: 'done', fraction: 1 });
    expect(new Set(Object.values(states()))).toEqual(new Set(['done']));
    expect((await journal.lastOperation('create')).at(-1)).toMatchObject({ event: 'end' });
  });

  it('lets each node go at its own pace, and waits for all before the cluster goes on', async () => {
    trouble.set('machines n-1', (signal) => sleep(clock, 60_000, signal));
    const running = run();
    await until(() => world.has('verify n-2') && states()['verify n-2'] === 'done');
    await clock.advance(59_000);
    expect(runs.filter((what) => what.endsWith('n-2'))).toEqual(['machines n-2', 'install n-2', 'verify n-2']);
    expect(runs).not.toContain('install n-1');
    expect(runs).not.toContain('finish');
    expect(states()).toMatchObject({
      machines: 'running',
      'machines n-1': 'running',
      'verify n-2': 'done',
      verify: 'running',
    });
    await clock.advance(2_000);
    await running;
    expect(runs.at(-1)).toBe('finish');
  });

  it('is never shown going back, and shows the last line of what runs', async () => {
    await run();
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(seen.some(({ steps: [, machines] }) => machines!.line === 'machines n-1 runs')).toBe(true);
    // prepare is one fifth of the expected time; half of it was reported.
    expect(fractions).toContain(0.1);
  });

  it('hands out snapshots that nothing changes afterwards', async () => {
    const made = await operation();
    const before = made.progress;
    const text = JSON.stringify(before);
    await made.run(new AbortController().signal);
    expect(JSON.stringify(before)).toBe(text);
    expect(seen[0]!.state).toBe('running');
    expect(last().state).toBe('done');
  });
});

describe.each(everything)('after a failure in "%s"', (failing) => {
  it('the operation says so, and goes on there when it is run again', async () => {
    fails(failing);
    await expect(run()).rejects.toMatchObject({ code: 'ssh-unreachable', params: { host: failing } });
    expect(last().state).toBe('failed');
    expect(states()[failing]).toBe('failed');
    const [id = '', node] = failing.split(' ');
    const step = last().steps.find((one) => one.id === id)!;
    const place = node === undefined ? step : step.nodes.find((row) => row.node === node)!;
    expect([step.error?.code, place.error?.code]).toEqual(['ssh-unreachable', 'ssh-unreachable']);
    // The other node was not kept from anything but the steps of the whole cluster.
    const other = NODES.find((one) => one !== node)!;
    if (node !== undefined) expect(world).toContain(`verify ${other}`);

    const done = new Set(world);
    runs.length = 0;
    trouble.clear();
    await run();
    // What was done is shown as done from the first moment, and is not run again.
    for (const what of done)
      expect(states(seen.findLast(({ state, fraction }) => state === 'running' && fraction < 1))[what]).not.toBe(
        'waiting',
      );
    expect([...runs].sort()).toEqual(everything.filter((what) => !done.has(what)).sort());
    expect(last()).toMatchObject({ state: 'done', fraction: 1 });
    expect(last().steps.every(({ error }) => error === undefined)).toBe(true);
  });
});

it("shows an earlier run's steps as done before it has looked at them", async () => {
  fails('install n-2');
  await run().catch(() => undefined);
  const resumed = await operation();
  expect(states(resumed.progress)).toMatchObject({
    prepare: 'done',
    machines: 'done',
    'install n-1': 'done',
    'install n-2': 'waiting',
    'verify n-1': 'done',
    finish: 'waiting',
  });
  expect(resumed.progress.fraction).toBeCloseTo(0.2 + 0.2 + 0.1 + 0.1);
});

it('runs again what was done and then undone, and shows no end of it before there is one', async () => {
  await run();
  world.delete('machines n-1');
  runs.length = 0;
  seen.length = 0;
  await clock.advance(3_600_000);
  await run();
  expect(runs).toEqual(['machines n-1']);
  const rows = seen.map(({ steps: [, machines] }) => machines!.nodes[0]!);
  for (const row of rows.filter(({ state }) => state === 'running')) expect(row.finishedAt).toBeUndefined();
});

it('does not repeat a step that had finished when the app was killed before it could note so', async () => {
  trouble.set('install n-1', () => new Promise(() => undefined));
  trouble.set('install n-2', () => new Promise(() => undefined));
  void run();
  await until(() => runs.length === 5);
  // Killed here: the steps did their work on the machines, and nothing says so.
  world.add('install n-1').add('install n-2');
  runs.length = 0;
  trouble.clear();
  await run();
  expect(runs.sort()).toEqual(['finish', 'verify n-1', 'verify n-2']);
});

it('that is cancelled stops what runs, and waits there', async () => {
  const abort = new AbortController();
  trouble.set('install n-1', (signal) => sleep(clock, 3_600_000, signal));
  trouble.set('install n-2', (signal) => sleep(clock, 3_600_000, signal));
  const running = run(abort.signal);
  await until(() => runs.length === 5);
  abort.abort(new AppError('cancelled'));
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  expect(last().state).toBe('cancelled');
  expect(states()).toMatchObject({
    'install n-1': 'waiting',
    'install n-2': 'waiting',
    'verify n-1': 'waiting',
    finish: 'waiting',
  });
  expect(clock.pending).toBe(0);
  trouble.clear();
  runs.length = 0;
  await run();
  expect(runs).not.toContain('machines n-1');
  expect(last().state).toBe('done');
});

it('that is cancelled before it begins runs nothing', async () => {
  await expect(run(AbortSignal.abort(new AppError('cancelled')))).rejects.toMatchObject({ code: 'cancelled' });
  expect(runs).toEqual([]);
  expect(last().state).toBe('cancelled');
});

it('whose journal cannot be written fails, and says so', async () => {
  journal = new Journal(path.join(root, 'nowhere'));
  await expect(run()).rejects.toBeInstanceOf(AppError);
  expect(last().state).toBe('failed');
  expect(runs).toEqual([]);
});

it('without nodes has done what nodes are to do', async () => {
  const options = {
    kind: 'start',
    steps,
    nodes: [],
    journal,
    clock,
    onProgress: (progress: OperationProgress) => void seen.push(progress),
  } as const;
  await new Operation(options).run(new AbortController().signal);
  expect(runs).toEqual(['prepare', 'finish']);
  expect(new Set(Object.values(states()))).toEqual(new Set(['done']));
});
