import { parseArgs } from 'node:util';
import { CommandFailure, doesNotExist } from '../command-failure.ts';
import { pause, visibleInstance, visibleInstances, type Context } from '../context.ts';
import { launchFaults, nextFault } from '../faults.ts';
import type { Instance } from '../instances.ts';
import { printJson } from '../json.ts';
import { isBefore17 } from '../settings.ts';

const VERSIONS = { '1.13': '1.13.1', '1.14': '1.14.1', '1.16': '1.16.3', '1.17': '1.17.0-dev.12+g0abc123' } as const;

/** Never fails: without a daemon it leaves out the daemon's version. */
export function version({ settings }: Context): void {
  const number = VERSIONS[settings.version];
  const isUp = settings.daemon === 'up';
  printJson(settings, { multipass: number, ...(isUp ? { multipassd: number } : {}) });
}

export function get({ settings }: Context, [key = '']: readonly string[]): void {
  if (key !== 'local.driver') throw new CommandFailure(2, `Unrecognized settings key: '${key}'`);
  process.stdout.write(`${settings.driver}\n`);
}

export async function networks(context: Context): Promise<void> {
  const { directory, settings } = context;
  const fault = await nextFault(directory, settings, 'networks');
  const text = fault && launchFaults[fault]?.text;
  if (text !== undefined) throw new CommandFailure(2, text);
  printJson(settings, { list: [{ name: 'eth0', type: 'ethernet', description: 'Ethernet device' }] });
}

export async function list(context: Context, args: readonly string[]): Promise<void> {
  requireJson(args);
  const { settings } = context;
  const instances = await visibleInstances(context);
  const asksGuests = !args.includes('--no-ipv4');
  for (const { state } of asksGuests ? instances : []) if (state === 'Running') await pause(settings.listMs);
  printJson(settings, {
    list: instances.map((instance) => ({
      name: instance.name,
      state: instance.state,
      ipv4: asksGuests ? addresses(context, instance) : [],
      release: 'Ubuntu 24.04 LTS',
      ...zone(context),
    })),
  });
}

/** One name that is not known fails all. */
export async function info(context: Context, args: readonly string[]): Promise<void> {
  requireJson(args);
  const { positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { format: { type: 'string' } },
  });
  const found = await Promise.all(
    positionals.map(async (name) => ({ name, instance: await visibleInstance(context, name) })),
  );
  const missing = found.filter(({ instance }) => !instance).map(({ name }) => name);
  if (missing.length > 0) throw doesNotExist(...missing);
  const known = found.flatMap(({ instance }) => (instance ? [instance] : []));
  printJson(context.settings, {
    errors: [],
    info: Object.fromEntries(known.map((instance) => [instance.name, describe(context, instance)])),
  });
}

/** Numbers as text or as numbers, and blanks, just as the client has them. */
function describe(context: Context, instance: Instance): unknown {
  const isUp = instance.state === 'Running';
  return {
    state: instance.state,
    image_hash: 'a'.repeat(64),
    image_release: '24.04 LTS',
    release: isUp ? 'Ubuntu 24.04.2 LTS' : '',
    cpu_count: isUp ? `${instance.cpus}` : '',
    snapshot_count: '0',
    load: isUp ? [0.12, 0.08, 0.03] : [],
    disks: { sda1: isUp ? { used: '2290121728', total: `${instance.diskBytes}` } : {} },
    memory: isUp ? { used: 231911424, total: instance.memoryBytes } : {},
    ipv4: addresses(context, instance),
    mounts: {},
    ...zone(context),
  };
}

function addresses({ settings }: Context, { state, address, isDeaf }: Instance): string[] {
  if (state !== 'Running' && state !== 'Delayed Shutdown') return [];
  if (settings.noAddresses || isDeaf || address === undefined) return isBefore17(settings) ? ['N/A'] : [];
  return [address, ...settings.extraAddresses];
}

function zone({ settings }: Context): { zone?: unknown } {
  return isBefore17(settings) ? {} : { zone: { name: 'zone1', available: true } };
}

function requireJson(args: readonly string[]): void {
  const index = args.indexOf('--format');
  if (args[index + 1] !== 'json') throw new CommandFailure(1, 'Invalid format type given.', 'plain');
}
