import { CommandFailure, doesNotExist } from '../command-failure.ts';
import { pause, visibleInstance, type Context } from '../context.ts';
import { nextFault, type FaultKind } from '../faults.ts';
import type { Instance } from '../instances.ts';

const LOOK_AGAIN_MS = 10;

export async function start(context: Context, args: readonly string[]): Promise<void> {
  for (const name of names(args)) await startOne(context, name);
}

export async function startOne(context: Context, name: string): Promise<void> {
  const { directory, settings, instances, backend } = context;
  const instance = await visibleInstance(context, name);
  if (!instance) throw new CommandFailure(2, `instance(s) missing\nInstance '${name}' does not exist.`);
  const fault = await nextFault(directory, settings, 'start', name);
  switch (instance.state) {
    case 'Running':
    case 'Delayed Shutdown':
      return;
    case 'Deleted':
      throw new CommandFailure(
        2,
        `Instance '${name}' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.`,
      );
    case 'Unknown':
      throw new CommandFailure(
        2,
        `Instance '${name}' is already running, but in an unknown state.\nTry to stop it first.`,
      );
    case 'Suspending':
      throw new CommandFailure(2, `Cannot start the instance '${name}' while suspending.`);
    case 'Preparing':
    case 'Starting':
    case 'Restarting':
      while ((await instances.get(name))?.state === instance.state) await pause(LOOK_AGAIN_MS);
      return;
    case 'Stopped':
    case 'Suspended':
      break;
    default:
      instance.state satisfies never;
  }
  await up(instance, fault);

  async function up(found: Instance, struck: FaultKind | undefined): Promise<void> {
    const starts = found.starts + 1;
    await instances.change(name, { state: 'Starting' });
    const address = await backend.start({ ...found, starts });
    if (struck === 'not-running') {
      await instances.change(name, { state: 'Stopped' });
      throw new CommandFailure(2, `The following errors occurred:\n${name}: shutdown called while starting`);
    }
    const isDeaf = struck === 'boot-timeout';
    await instances.change(name, { state: 'Running', address, starts, isDeaf });
    if (isDeaf) throw new CommandFailure(2, `The following errors occurred:\n${name}: timed out waiting for response`);
  }
}

export async function stop(context: Context, args: readonly string[]): Promise<void> {
  const { directory, settings, instances, backend } = context;
  const byForce = args.includes('--force');
  if (byForce && settings.version === '1.13') throw new CommandFailure(1, "Unknown option 'force'.", 'plain');
  for (const name of names(args)) {
    const instance = await existing(context, name);
    if (!byForce) {
      const fault = await nextFault(directory, settings, 'stop', name);
      if (fault === 'hangs') await forever();
      if (instance.state === 'Suspended') {
        throw new CommandFailure(2, `Cannot shut down suspended instance ${name}.\nUse --force to power it off.`);
      }
      if (instance.state === 'Starting') {
        throw new CommandFailure(2, `Cannot shut down instance ${name} while starting.\nUse --force to power it off.`);
      }
      if (instance.state === 'Unknown')
        throw new CommandFailure(2, `Cannot stop ${name}.\nUse --force to power it off.`);
    }
    await backend.stop(instance);
    await instances.change(name, { state: 'Stopped', isDeaf: false });
  }
}

/** A stopped instance is said to run, as in the releases so far. */
export async function restart(context: Context, args: readonly string[]): Promise<void> {
  for (const name of names(args)) {
    const instance = await existing(context, name);
    if (instance.state !== 'Running') {
      throw new CommandFailure(
        2,
        `Instance '${name}' is already running, but in an unknown state.\nTry to stop and start it instead.`,
      );
    }
    await context.backend.stop(instance);
    await context.instances.change(name, { state: 'Stopped' });
    await startOne(context, name);
  }
}

export async function suspend(context: Context, args: readonly string[]): Promise<void> {
  for (const name of names(args)) {
    await context.backend.stop(await existing(context, name));
    await context.instances.change(name, { state: 'Suspended' });
  }
}

export async function existing(context: Context, name: string): Promise<Instance> {
  const instance = await visibleInstance(context, name);
  if (!instance) throw doesNotExist(name);
  if (instance.state === 'Deleted') {
    throw new CommandFailure(2, `The following errors occurred:\ninstance "${name}" is deleted`);
  }
  return instance;
}

/** The arguments that are no options; `--timeout` takes the one after it. */
export function names(args: readonly string[]): string[] {
  return args.filter((arg, index) => !arg.startsWith('-') && args[index - 1] !== '--timeout');
}

export function forever(): Promise<never> {
  setInterval(() => undefined, 2 ** 30);
  return new Promise(() => undefined);
}
