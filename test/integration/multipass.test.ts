import { AppError } from '#common/base/app-error.ts';
import { afterEach, describe, expect, test } from 'vitest';
import type { Progress } from '../../main/machines/provider.ts';
import type { SettingsInput } from '../standins/multipass/settings.ts';
import type { Timings } from '../../main/machines/multipass/timings.ts';
import { CLUSTER, MultipassLab } from './multipass-lab/lab.ts';

let lab: MultipassLab;
const { signal } = new AbortController();

async function open(settings: SettingsInput = {}, timings: Partial<Timings> = {}): Promise<void> {
  lab = await MultipassLab.open(settings, timings);
}

afterEach(async () => {
  await lab[Symbol.asyncDispose]();
});

const state = async (node: string): Promise<string | undefined> =>
  (await lab.standin.instances.get(lab.name(node)))?.state;

test.each(['1.14', '1.16', '1.17'] as const)(
  'a machine is made, stopped, started and deleted by %s',
  async (version) => {
    await open({ version, noise: true, extraAddresses: ['10.244.0.1'] });
    expect(await lab.create(['one'])).toBeUndefined();
    const name = lab.name('one');
    const running = await lab.provider.info(CLUSTER, name);
    expect(running).toMatchObject({
      name,
      state: 'running',
      cpus: 1,
      memoryBytes: 2 ** 30,
      ssh: { port: 22, user: 'root' },
    });
    expect(running.ssh?.host).toMatch(/^10\.61\.7\./);
    expect(running.ssh?.hostKeys).toHaveLength(1);
    expect(await lab.provider.list(CLUSTER)).toEqual([running]);
    expect(await lab.provider.stop(CLUSTER, name, signal)).toMatchObject({ state: 'stopped' });
    expect(await lab.provider.stop(CLUSTER, name, signal)).toMatchObject({ state: 'stopped' });
    expect((await lab.provider.info(CLUSTER, name)).ssh).toBeUndefined();
    expect(await lab.provider.start(CLUSTER, name, signal)).toEqual(running);
    expect(await lab.provider.start(CLUSTER, name, signal)).toEqual(running);
    await lab.provider.delete(CLUSTER, name, signal);
    await lab.provider.delete(CLUSTER, name, signal);
    expect(await lab.provider.info(CLUSTER, name)).toMatchObject({ state: 'absent' });
    expect(await lab.standin.instances.all()).toEqual([]);
  },
);

test('what the machine is given lets root in with our key, under a host key and with a name that we chose', async () => {
  await open();
  expect(await lab.create(['one'])).toBeUndefined();
  const instance = await lab.standin.instances.get(lab.name('one'));
  const { ssh } = await lab.provider.info(CLUSTER, lab.name('one'));
  expect(instance).toMatchObject({ image: '24.04', cpus: 1, memoryBytes: 2 ** 30, diskBytes: 8 * 2 ** 30 });
  expect(instance?.cloudConfig).toMatchObject({ hostname: 'one', disable_root: false });
  expect(instance?.cloudConfig.ssh_authorized_keys).toHaveLength(1);
  expect(instance?.cloudConfig.ssh_keys.ecdsa_public).toBe(ssh?.hostKeys?.[0]);
});

test('launches come one after the other, so that the first alone downloads the image', async () => {
  await open({ phaseMs: 30 });
  const heard: Progress[] = [];
  expect(await lab.create(['one', 'two', 'three'], { heard })).toBeUndefined();
  const launches = (await lab.standin.calls()).filter(([command]) => command === 'launch');
  expect(launches).toHaveLength(3);
  const lines = heard.map(({ line }) => line);
  expect(lines.some((line) => line.startsWith('Retrieving image: '))).toBe(true);
  const nodes = ['one', 'two', 'three'].map((node) => lab.name(node));
  const mentions = lines
    .filter((line) => /^(Creating|Configuring|Starting) labcluster/.test(line))
    .map((line) => nodes.findIndex((name) => line.startsWith(`Creating ${name}`) || line.endsWith(name)));
  // In the order of their mentions, no machine comes back after another had its turn.
  const turns = mentions.filter((node, index) => node !== mentions[index - 1]);
  expect(new Set(turns).size).toBe(turns.length);
});

test('an address that moved is read anew', async () => {
  await open({ addressesMove: true });
  expect(await lab.create(['one'])).toBeUndefined();
  const before = await lab.provider.info(CLUSTER, lab.name('one'));
  await lab.provider.stop(CLUSTER, lab.name('one'), signal);
  const after = await lab.provider.start(CLUSTER, lab.name('one'), signal);
  expect(after.ssh?.host).toBeDefined();
  expect(after.ssh?.host).not.toBe(before.ssh?.host);
  expect(after.ssh?.hostKeys).toEqual(before.ssh?.hostKeys);
});

test('a machine of whose address nothing is known runs, but cannot be reached yet', async () => {
  await open({ noAddresses: true });
  expect(await lab.create(['one'])).toBeUndefined();
  const machine = await lab.provider.info(CLUSTER, lab.name('one'));
  expect(machine).toMatchObject({ state: 'running' });
  expect(machine.ssh).toBeUndefined();
});

describe('an instance that is not as we left it', () => {
  test('gone: that is told, and nothing is made in its place', async () => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.standin.instances.remove(lab.name('one'));
    expect(await lab.newProvider().info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'absent' });
    const start = lab.provider.start(CLUSTER, lab.name('one'), signal);
    await expect(start).rejects.toMatchObject({ code: 'machine-missing', params: { machine: lab.name('one') } });
    expect(await lab.count('launch')).toBe(1);
    await lab.provider.delete(CLUSTER, lab.name('one'), signal);
  });

  test('out of sight because the driver is another: it is not taken for deleted', async () => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.standin.set({ driver: 'hyperv' });
    const wanted = { code: 'multipass-driver-changed', params: { before: 'qemu', now: 'hyperv' } };
    await expect(lab.provider.start(CLUSTER, lab.name('one'), signal)).rejects.toMatchObject(wanted);
    await expect(lab.provider.delete(CLUSTER, lab.name('one'), signal)).rejects.toMatchObject(wanted);
    await lab.standin.set({});
    expect(await lab.newProvider().info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'running' });
  });

  test('deleted by the user: it can be purged, not started', async () => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.standin.instances.change(lab.name('one'), { state: 'Deleted' });
    const start = lab.provider.start(CLUSTER, lab.name('one'), signal);
    await expect(start).rejects.toMatchObject({ code: 'machine-missing' });
    await lab.provider.delete(CLUSTER, lab.name('one'), signal);
    expect(await lab.standin.instances.all()).toEqual([]);
  });

  test.each(['Unknown', 'Suspended'] as const)('%s: it is brought back', async (found) => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.standin.instances.change(lab.name('one'), { state: found });
    expect(await lab.provider.start(CLUSTER, lab.name('one'), signal)).toMatchObject({ state: 'running' });
  });

  test.each(['Unknown', 'Suspended', 'Starting'] as const)('%s: it is switched off', async (found) => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.standin.instances.change(lab.name('one'), { state: found });
    expect(await lab.provider.stop(CLUSTER, lab.name('one'), signal)).toMatchObject({ state: 'stopped' });
    expect(await state('one')).toBe('Stopped');
  });

  test('a guest that does not shut down is switched off', async () => {
    await open({ faults: [{ command: 'stop', kind: 'hangs' }] }, { stopMs: 1_500 });
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await lab.provider.stop(CLUSTER, lab.name('one'), signal)).toMatchObject({ state: 'stopped' });
  });

  test('it does not start: the error tells what Multipass said', async () => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.provider.stop(CLUSTER, lab.name('one'), signal);
    await lab.standin.set({ faults: [{ command: 'start', kind: 'not-running' }] });
    const error = await lab.provider
      .start(CLUSTER, lab.name('one'), signal)
      .catch((thrown: unknown) => AppError.from(thrown));
    expect(error).toMatchObject({ code: 'machine-start-failed' });
    expect((error as AppError).lines.join('\n')).toContain('shutdown called while starting');
  });

  test('it started although the command says otherwise: it is used', async () => {
    await open();
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.provider.stop(CLUSTER, lab.name('one'), signal);
    await lab.standin.set({ faults: [{ command: 'start', kind: 'boot-timeout' }] });
    expect(await lab.provider.start(CLUSTER, lab.name('one'), signal)).toMatchObject({ state: 'running' });
  });
});
