import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppError } from '#common/base/app-error.ts';
import type { ErrorCode } from '#common/base/error-codes.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import type { Progress } from '../../main/machines/provider.ts';
import type { FaultKind } from '../standins/multipass/faults.ts';
import type { SettingsInput } from '../standins/multipass/settings.ts';
import { CLUSTER, MultipassLab } from './multipass-lab/lab.ts';

let lab: MultipassLab;
const { signal } = new AbortController();

beforeEach(async () => {
  lab = await MultipassLab.open();
});

afterEach(async () => {
  // Whatever happens, what the user has deleted is the user's.
  expect(await lab.count('purge')).toBe(0);
  await lab[Symbol.asyncDispose]();
});

const state = async (node: string): Promise<string | undefined> =>
  (await lab.standin.instances.get(lab.name(node)))?.state;

/** One error of the catalogue, with what was run last and what that printed. */
function expectReport(error: AppError | undefined, code: ErrorCode): void {
  expect(error?.code).toBe(code);
  expect(error?.command).toMatch(/^multipass /);
  expect(error?.lines.length).toBeGreaterThan(0);
  // Every place of the texts is filled.
  const places = [...JSON.stringify(errorTexts[code]).matchAll(/\{(\w+)\}/g)].map(([, place]) => place);
  expect(Object.keys(error?.params ?? {})).toEqual(expect.arrayContaining(places));
}

describe('what is in the way of Multipass as a whole', () => {
  test('it is not installed', async () => {
    const provider = lab.newProvider({}, '/nonexistent/multipass');
    const error = await lab.create(['one'], { provider });
    expect(error?.code).toBe('multipass-missing');
    expect(await provider.preflight(signal)).toEqual([
      { check: 'multipass', outcome: 'failed', code: 'multipass-missing', params: {} },
    ]);
    expect(await lab.create(['one'])).toBeUndefined();
  });

  const services: readonly (readonly [string, SettingsInput, ErrorCode])[] = [
    ['it is too old', { version: '1.13' }, 'multipass-too-old'],
    ['its daemon is down', { daemon: 'down' }, 'multipass-daemon-down'],
    ['its socket is not for this user', { daemon: 'access-denied' }, 'multipass-access-denied'],
    ['it does not know the user', { daemon: 'unauthenticated' }, 'multipass-not-authenticated'],
    ['its driver hides the machines', { driver: 'virtualbox' }, 'multipass-driver-unsupported'],
    ['it floods its output', { floods: true }, 'multipass-output-unreadable'],
  ];
  test.each(services)('%s: nothing is made, and create goes on when that is over', async (_, settings, code) => {
    await lab.standin.set(settings);
    expectReport(await lab.create(['one']), code);
    expect(await lab.provider.preflight(signal)).toContainEqual(expect.objectContaining({ outcome: 'failed', code }));
    expect(await lab.count('launch')).toBe(0);
    await lab.standin.set({});
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await lab.journal()).toEqual([
      ...['begin', 'prepare start', 'prepare failed'],
      ...['begin', 'prepare start', 'prepare done', 'machines start', 'machines done', 'end'],
    ]);
  });

  test('its daemon hangs: the question is given up', async () => {
    await lab.standin.set({ daemon: 'hangs' });
    const provider = lab.newProvider({ answerMs: 1_500 });
    const error = await lab.create(['one'], { provider });
    expect(error?.code).toBe('multipass-not-responding');
    expect(error?.command).toMatch(/^multipass /);
  });

  test('its hypervisor is missing: the checks find it', async () => {
    await lab.standin.set({ faults: [{ command: 'networks', kind: 'kvm-missing' }] });
    const findings = await lab.provider.preflight(signal);
    expect(findings.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'failed']);
    expect(findings.at(-1)).toMatchObject({
      check: 'hypervisor',
      code: 'hypervisor-unavailable',
      params: { reason: 'KVM support is not enabled on this machine.' },
    });
  });

  test('where nothing is in the way, every check says what it found', async () => {
    expect(await lab.provider.preflight(signal)).toEqual([
      { check: 'multipass', outcome: 'ok', detail: '1.16.3' },
      { check: 'multipass-daemon', outcome: 'ok', detail: '1.16.3' },
      { check: 'multipass-driver', outcome: 'ok', detail: 'qemu' },
      { check: 'hypervisor', outcome: 'ok' },
    ]);
  });
});

describe('a launch that leaves nothing', () => {
  const launches: readonly (readonly [FaultKind, ErrorCode])[] = [
    ['image-not-found', 'machine-image-missing'],
    ['remote-unknown', 'machine-image-missing'],
    ['hash', 'machine-image-download-failed'],
    ['disk-full', 'disk-short'],
    ['memory-qemu', 'memory-short'],
    ['memory-hyperv', 'memory-short'],
    ['kvm-missing', 'hypervisor-unavailable'],
    ['kvm-access', 'hypervisor-unavailable'],
    ['other-manager', 'hypervisor-unavailable'],
    ['hyperv-missing', 'hypervisor-unavailable'],
    ['qemu-quits', 'machine-create-failed'],
    ['bad-network', 'machine-create-failed'],
  ];
  test.each(launches)('%s ends in %s, and create goes on at that step', async (kind, code) => {
    await lab.standin.set({ faults: [{ command: 'launch', kind }] });
    expectReport(await lab.create(['one']), code);
    expect(await state('one')).toBeUndefined();
    expect(await lab.provider.info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'absent' });
    await lab.standin.set({});
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await state('one')).toBe('Running');
    expect((await lab.journal()).filter((entry) => entry.startsWith('machines'))).toEqual([
      ...['machines start', 'machines failed', 'machines start', 'machines done'],
    ]);
  });

  test('the amounts of a disk that is too small are told', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'disk-full' }] });
    const error = await lab.create(['one']);
    expect(error?.params).toEqual({ path: 'Multipass', available: '1.0 GiB', needed: '3.5 GiB' });
  });

  test('a download that breaks off is tried again, and given up after three attempts', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'download', times: 2 }] });
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await lab.count('launch')).toBe(3);
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'download' }] });
    const error = await lab.create(['two']);
    expectReport(error, 'machine-image-download-failed');
    expect(error?.params['reason']).toContain('Network timeout');
    expect(await lab.count('launch')).toBe(6);
  });

  test('only the node whose launch failed is made again', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'qemu-quits', name: lab.name('two') }] });
    expectReport(await lab.create(['one', 'two', 'three']), 'machine-create-failed');
    expect([await state('one'), await state('two'), await state('three')]).toEqual(['Running', undefined, 'Running']);
    await lab.standin.set({});
    expect(await lab.create(['one', 'two', 'three'])).toBeUndefined();
    expect(await lab.count('launch')).toBe(4);
  });
});

describe('a launch that failed but left an instance', () => {
  test.each<FaultKind>(['initialization-timeout', 'client-timeout'])('%s: alive and ours, it is used', async (kind) => {
    await using slow = await MultipassLab.open(
      { faults: [{ command: 'launch', kind }] },
      { adoptMs: 60_000, preparationMs: 60_000 },
    );
    expect(await slow.create(['one'])).toBeUndefined();
    expect(await slow.provider.info(CLUSTER, slow.name('one'))).toMatchObject({ state: 'running' });
    expect(await slow.count('launch')).toBe(1);
    expect(await slow.count('delete')).toBe(0);
  });

  test('a client that tells nothing new is given up, and what it launched is used', async () => {
    await using slow = await MultipassLab.open(
      { faults: [{ command: 'launch', kind: 'hangs' }] },
      { adoptMs: 60_000, preparationMs: 60_000, launchSilenceMs: 3_000 },
    );
    expect(await slow.create(['one'])).toBeUndefined();
    expect(await slow.count('launch')).toBe(1);
  });

  test('in an unknown state: switched off and started, it is used', async () => {
    await using slow = await MultipassLab.open(
      { faults: [{ command: 'launch', kind: 'initialization-timeout-dead' }] },
      { adoptMs: 60_000 },
    );
    // It came up without what lets us know it: the machine of a user's own would look the same.
    await slow.standin.set({ faults: [{ command: 'launch', kind: 'initialization-timeout-dead' }] });
    expect(await slow.create(['one'])).toBeUndefined();
    const calls = (await slow.standin.calls()).map(([command, ...args]) => [command, args[0]].join(' '));
    expect(calls).toContain('stop --force');
    expect(calls.indexOf('stop --force')).toBeLessThan(calls.lastIndexOf(`start ${slow.name('one')}`));
  });

  test('it does not answer: it stays for the user to see, and the next attempt makes it anew', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'boot-timeout', times: 1 }] });
    expectReport(await lab.create(['one']), 'machine-boot-timed-out');
    expect(await state('one')).toBe('Running');
    expect(await lab.provider.info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'broken' });
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await lab.count('launch')).toBe(2);
    expect(await lab.provider.info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'running' });
  });

  test('it died while it booted: it is started once more', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'died-while-booting', times: 1 }] });
    expectReport(await lab.create(['one']), 'machine-create-failed');
    const provider = lab.newProvider({ adoptMs: 60_000 });
    expect(await lab.create(['one'], { provider })).toBeUndefined();
    expect(await lab.count('launch')).toBe(1);
  });

  test('what it left can be deleted', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'boot-timeout' }] });
    expectReport(await lab.create(['one']), 'machine-boot-timed-out');
    await lab.provider.delete(CLUSTER, lab.name('one'), signal);
    expect(await lab.standin.instances.all()).toEqual([]);
    expect(await lab.provider.list(CLUSTER)).toEqual([]);
  });
});

describe('a launch that was cancelled', () => {
  /** Cancels while the launch is in the phase whose message begins so; it goes on when the settings are others. */
  async function cancelAt(message: string): Promise<void> {
    await lab.standin.set({ holdAt: message });
    const cancel = new AbortController();
    const heard: Progress[] = [];
    heard.push = (...items) => {
      if (items.some(({ line }) => line.startsWith(message))) cancel.abort();
      return items.length;
    };
    expect((await lab.create(['one'], { signal: cancel.signal, heard }))?.code).toBe('cancelled');
  }

  test('while it downloads: it is rolled back, and made by the next attempt', async () => {
    await cancelAt('Retrieving image: 37%');
    await lab.standin.set({});
    await expect.poll(() => state('one'), { timeout: 20_000 }).toBeUndefined();
    expect(await lab.create(['one'])).toBeUndefined();
    expect(await lab.count('launch')).toBe(2);
  });

  test('while it boots: it goes on without us, and is taken up by another run of the app', async () => {
    await cancelAt('Waiting for initialization');
    await lab.standin.set({});
    const provider = lab.newProvider({ adoptMs: 60_000, busyMs: 60_000 });
    expect(await lab.create(['one'], { provider })).toBeUndefined();
    expect(await lab.standin.instances.all()).toHaveLength(1);
    expect(await provider.info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'running' });
    expect(await lab.count('delete')).toBe(0);
  });

  test('while its image is prepared: delete waits until it is to be seen, and leaves nothing', async () => {
    await cancelAt('Verifying image');
    const provider = lab.newProvider({ preparationMs: 60_000 });
    const before = await lab.count('list');
    const deleted = provider.delete(CLUSTER, lab.name('one'), signal);
    await expect.poll(() => lab.count('list'), { timeout: 20_000 }).toBeGreaterThan(before + 1);
    await lab.standin.set({});
    await deleted;
    expect(await lab.standin.instances.all()).toEqual([]);
  });
});

describe('what is not ours is not touched', () => {
  test('an instance of the name that we want', async () => {
    await lab.standin.addForeign(lab.name('one'));
    const before = await lab.standin.instances.get(lab.name('one'));
    expectReport(await lab.create(['one']), 'machine-name-taken');
    await lab.provider.delete(CLUSTER, lab.name('one'), signal);
    await lab.provider.release(CLUSTER, signal);
    expect(await lab.standin.instances.get(lab.name('one'))).toEqual(before);
    expect(await lab.provider.info(CLUSTER, lab.name('one'))).toMatchObject({ state: 'absent' });
    for (const command of ['launch', 'start', 'stop', 'delete', 'exec']) expect(await lab.count(command)).toBe(0);
  });

  test('an instance that took the name after our launch had failed', async () => {
    await lab.standin.set({ faults: [{ command: 'launch', kind: 'boot-timeout' }] });
    expectReport(await lab.create(['one']), 'machine-boot-timed-out');
    const ours = (await lab.standin.instances.get(lab.name('one')))!;
    const writeFiles = ours.cloudConfig.write_files.map((file) => ({ ...file, content: 'the mark of another\n' }));
    const cloudConfig = { ...ours.cloudConfig, write_files: writeFiles };
    await lab.standin.instances.put({ ...ours, isDeaf: false, cloudConfig });
    expect((await lab.create(['one']))?.code).toBe('machine-name-taken');
    expect(await state('one')).toBe('Running');
    expect(await lab.count('delete')).toBe(0);
  });

  test('instances that the user has deleted, and all others', async () => {
    await lab.standin.addForeign('mine', 'Deleted');
    await lab.standin.addForeign('other', 'Running');
    expect(await lab.create(['one'])).toBeUndefined();
    await lab.provider.release(CLUSTER, signal);
    expect((await lab.standin.instances.all()).map(({ name }) => name)).toEqual(['mine', 'other']);
  });
});
