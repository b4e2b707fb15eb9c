import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { nodes, pods } from '#common/kube/resources.ts';
import { installSteps } from '../../main/install/install-steps.ts';
import { nodePaths, type NodeContext } from '../../main/install/node-context.ts';
import type { Step } from '../../main/install/step.ts';
import { canRunMachines, MachinesLab } from './machines-lab/lab.ts';
import { MasterLab } from './machines-lab/master-lab.ts';
import { builtAssets, installContext } from './machines-lab/node-lab.ts';

/** Those that need no cluster. */
const UNTIL_IMAGES = ['connect', 'check', 'runtime', 'kernel', 'node', 'images'];
const steps = installSteps.filter((step) => UNTIL_IMAGES.includes(step.id));
const NODES = ['one', 'two'];

describe.runIf(canRunMachines)('the installer on namespace machines', () => {
  let lab: MachinesLab;
  let master: MasterLab;
  let contexts: (NodeContext & AsyncDisposable)[];

  beforeAll(async () => {
    lab = await MachinesLab.open();
    const [assets, { hostAddress }] = await Promise.all([
      builtAssets(),
      lab.provider.prepare(lab.cluster, () => undefined, lab.signal),
    ]);
    master = await MasterLab.open(hostAddress!);
    const machines = await Promise.all(NODES.map((node) => lab.createAndStart(node)));
    contexts = machines.map((machine, index) => installContext(lab, NODES[index]!, machine, assets, master));
    await Promise.all(contexts.map((context) => run(stepCalled('connect'), context)));
  }, 300_000);

  afterAll(async () => {
    for (const context of contexts) await context[Symbol.asyncDispose]();
    await master[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  test('has every step in its order', () => {
    expect(installSteps.map((step) => step.id)).toEqual([...UNTIL_IMAGES, 'reach', 'agent', 'join', 'verify']);
  });

  test('goes on with an upload that was cut off, even when the connection was', async () => {
    const context = contexts[0]!;
    const node = stepCalled('node');
    const cut = new AbortController();
    const run = node.run(context, ({ fraction = 0 }) => fraction > 0.4 && cut.abort(), cut.signal);
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await (await context.ssh(lab.signal))[Symbol.asyncDispose]();
    expect(await node.isDone(context, lab.signal)).toBe(false);
    const fractions: number[] = [];
    await node.run(context, ({ fraction }) => fraction !== undefined && fractions.push(fraction), lab.signal);
    expect(fractions[0]).toBeGreaterThan(0.3);
    expect(await node.isDone(context, lab.signal)).toBe(true);
    const connection = await context.ssh(lab.signal);
    const { stdout } = await connection.run(['ls', '-A', '/opt/pilothouse/bin'], { signal: lab.signal });
    expect(stdout.trim()).toBe('node');
  });

  test('starts over when what is there of a file is damaged', async () => {
    const context = contexts[0]!;
    const connection = await context.ssh(lab.signal);
    const content = Buffer.alloc(600_000, 'good');
    const cut = new AbortController();
    const place = '/root/example';
    const upload = connection.upload(content, place, {
      mode: 0o640,
      signal: cut.signal,
      onProgress: (there) => there > 0 && cut.abort(),
    });
    await expect(upload).rejects.toMatchObject({ name: 'AbortError' });
    const { stdout } = await connection.run(['sh', '-c', 'ls /root/example.partial-*'], { signal: lab.signal });
    await connection.run(['dd', `of=${stdout.trim()}`, 'conv=notrunc', 'status=none'], {
      signal: lab.signal,
      input: 'bad!',
    });
    await connection.upload(content, place, { mode: 0o640, signal: lab.signal });
    expect(await connection.holds(content, place, lab.signal)).toBe(true);
    const mode = await connection.run(['stat', '--format=%a', place], { signal: lab.signal });
    expect(mode.stdout.trim()).toBe('640');
  });

  test('makes both machines ready for the agent at the same time', async () => {
    await Promise.all(
      contexts.map(async (context) => {
        for (const step of steps) if (!(await step.isDone(context, lab.signal))) await run(step, context);
      }),
    );
    for (const context of contexts) {
      const connection = await context.ssh(lab.signal);
      const output = async (...argv: string[]): Promise<string> =>
        (await connection.run(argv, { signal: lab.signal })).stdout.trim();
      expect(await output(nodePaths.runtime, '--version')).toMatch(/^v24\./);
      expect(await output('cat', '/proc/sys/net/ipv4/ip_forward')).toBe('1');
      const images = await output('ctr', '-n', 'k8s.io', 'images', 'ls', '-q');
      for (const image of ['pause:1', 'web:1', 'web:2']) expect(images).toContain(`pilothouse.local/${image}`);
      expect(await output('ctr', 'plugins', 'ls', 'id==cri')).toMatch(/\bok$/m);
    }
  });

  test('finds every step done, and running them again changes nothing', async () => {
    const context = contexts[0]!;
    for (const step of steps) expect([step.id, await step.isDone(context, lab.signal)]).toEqual([step.id, true]);
    const connection = await context.ssh(lab.signal);
    const containerd = async (): Promise<string> =>
      (await connection.run(['systemctl', 'show', '-p', 'MainPID', 'containerd'], { signal: lab.signal })).stdout;
    const before = await containerd();
    for (const step of steps) await run(step, context);
    expect(await containerd()).toBe(before);
  });

  test('sees what was undone on the machine, and does it again', async () => {
    const context = contexts[0]!;
    const connection = await context.ssh(lab.signal);
    const undo: Readonly<Record<string, readonly string[]>> = {
      runtime: ['sh', '-c', `echo >> ${nodePaths.containerdConfig}`],
      kernel: ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=0'],
      node: ['truncate', '--size=-1', nodePaths.runtime],
      images: ['ctr', '-n', 'k8s.io', 'images', 'rm', '--sync', 'pilothouse.local/web:2'],
    };
    for (const [id, argv] of Object.entries(undo)) {
      const step = stepCalled(id);
      await connection.run(argv, { signal: lab.signal });
      expect([id, await step.isDone(context, lab.signal)]).toEqual([id, false]);
      await run(step, context);
      expect([id, await step.isDone(context, lab.signal)]).toEqual([id, true]);
    }
  });

  test('sees that a restart is missing, where it was cut off between the writing of a file and the restart', async () => {
    const context = contexts[0]!;
    const connection = await context.ssh(lab.signal);
    const runtime = stepCalled('runtime');
    const started = async (): Promise<string> =>
      (await connection.run(['systemctl', 'show', '-p', 'MainPID', 'containerd'], { signal: lab.signal })).stdout;
    const before = await started();
    await connection.run(['rm', `${nodePaths.applied}/containerd`], { signal: lab.signal });
    expect(await runtime.isDone(context, lab.signal)).toBe(false);
    await run(runtime, context);
    expect(await started()).not.toBe(before);
    expect(await runtime.isDone(context, lab.signal)).toBe(true);
  });

  test('is still done after the machine was stopped and started', async () => {
    const context = contexts[0]!;
    await lab.provider.stop(lab.cluster, context.machine.name, lab.signal);
    await lab.provider.start(lab.cluster, context.machine.name, lab.signal);
    await run(stepCalled('connect'), context);
    const { signal } = lab;
    // containerd comes up a moment after SSH.
    await expect.poll(() => stepCalled('runtime').isDone(context, signal), { timeout: 10_000 }).toBe(true);
    for (const step of steps) expect([step.id, await step.isDone(context, signal)]).toEqual([step.id, true]);
  });

  test('makes nodes of both that are ready and run a pod, which is gone afterwards', async () => {
    await Promise.all(
      contexts.map(async (context) => {
        for (const id of ['reach', 'agent', 'join', 'verify']) {
          expect(await stepCalled(id).isDone(context, lab.signal)).toBe(false);
          await run(stepCalled(id), context);
        }
        expect(await stepCalled('agent').isDone(context, lab.signal)).toBe(true);
        expect(await stepCalled('join').isDone(context, lab.signal)).toBe(true);
      }),
    );
    const registered = await master.client.list(nodes);
    expect(registered.items.map(({ metadata }) => metadata.name).toSorted()).toEqual(NODES);
    expect(registered.items.every(isNodeReady)).toBe(true);
    expect((await master.client.list(pods)).items).toEqual([]);
    const connection = await contexts[0]!.ssh(lab.signal);
    // Used once, and gone; what the agent may read, nobody else may.
    expect(await connection.read(nodePaths.bootstrapToken, lab.signal)).toBeUndefined();
    const { stdout } = await connection.run(['stat', '--format=%a', nodePaths.config], { signal: lab.signal });
    expect(stdout.trim()).toBe('600');
  });

  test('a pod that runs on the node proves it as well', async () => {
    const context = contexts[0]!;
    expect(await stepCalled('verify').isDone(context, lab.signal)).toBe(false);
    const ref = { namespace: 'kube-system', name: 'proof' };
    await master.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: ref,
      spec: {
        nodeName: context.node,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'web', image: 'pilothouse.local/web:1' }],
      },
    });
    await expect.poll(() => stepCalled('verify').isDone(context, lab.signal), { timeout: 20_000 }).toBe(true);
    await master.client.delete(pods, ref, { gracePeriodSeconds: 0 });
  });

  test('an agent that does not come up is told of with what it last said', async () => {
    const context = contexts[1]!;
    const connection = await context.ssh(lab.signal);
    await connection.run(['systemctl', 'stop', 'pilothouse-agent'], { signal: lab.signal });
    await master.client.delete(nodes, { name: context.node });
    const clock = new VirtualClock();
    const joining = stepCalled('join').run({ ...context, clock }, () => undefined, lab.signal);
    const outcome = expect(joining).rejects.toMatchObject({
      code: 'node-not-ready',
      params: { node: context.node, reason: 'the agent has not registered its node yet' },
      lines: expect.arrayContaining([expect.stringContaining('the agent runs')]) as unknown,
    });
    await expect.poll(() => clock.pending).toBeGreaterThan(1);
    await clock.advance(61_000);
    await outcome;
  });

  test('tells of a command that fails, with its last lines', async () => {
    const context = contexts[0]!;
    const connection = await context.ssh(lab.signal);
    const script = 'for i in $(seq 30); do echo line $i; done; exit 7';
    await expect(connection.run(['sh', '-c', script], { signal: lab.signal })).rejects.toMatchObject({
      code: 'remote-command-failed',
      command: `sh -c '${script}'`,
      params: { reason: 'exit code 7' },
      lines: Array.from({ length: 20 }, (_, index) => `line ${index + 11}`),
    });
  });

  function stepCalled(id: string): Step<NodeContext> {
    return installSteps.find((step) => step.id === id)!;
  }

  async function run(step: Step<NodeContext>, context: NodeContext): Promise<void> {
    const started = context.clock.monotonic();
    await step.run(context, () => undefined, lab.signal);
    if (process.env['PILOTHOUSE_TIMINGS']) {
      console.log(`${context.node} ${step.id} ${Math.round(context.clock.monotonic() - started)} ms`);
    }
  }
});
