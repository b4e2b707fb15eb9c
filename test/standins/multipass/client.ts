// The client: `client.ts <directory> <command> [arguments]`.
import { CommandFailure } from './command-failure.ts';
import { exec } from './commands/exec.ts';
import { launch } from './commands/launch.ts';
import { forever, restart, start, stop, suspend } from './commands/power.ts';
import { purge, recover, remove } from './commands/remove.ts';
import { get, info, list, networks, version } from './commands/show.ts';
import { noteCall, openContext, type Context } from './context.ts';
import { nextFault } from './faults.ts';
import type { Settings } from './settings.ts';

type Command = (context: Context, args: readonly string[]) => Promise<number | void> | void;

const COMMANDS: Readonly<Record<string, Command>> = {
  version,
  get,
  networks,
  list,
  info,
  launch,
  start,
  stop,
  restart,
  suspend,
  delete: remove,
  purge,
  recover,
  exec,
};

const [directory = '', name = '', ...args] = process.argv.slice(2);
await noteCall(directory, [name, ...args]);
process.exitCode = await main();

async function main(): Promise<number> {
  const command = COMMANDS[name];
  if (!command) {
    const hint = 'try "multipass help" or "multipass aliases"';
    process.stdout.write(`Error: Unknown command or alias '${name}' (${hint})\n`);
    return 1;
  }
  try {
    const context = await openContext(directory);
    const { settings } = context;
    if (settings.noise) process.stderr.write('[warning] [daemon] The libvirt driver is deprecated\n');
    if (settings.floods) return await flood();
    if (name !== 'version') await reachDaemon(settings);
    if (name !== 'launch' && name !== 'stop' && (await nextFault(directory, settings, name)) === 'hangs')
      await forever();
    return (await command(context, args)) ?? 0;
  } catch (error) {
    return report(error);
  }
}

async function reachDaemon({ daemon }: Settings): Promise<void> {
  switch (daemon) {
    case 'up':
      return;
    case 'down':
      throw new CommandFailure(2, 'cannot connect to the multipass socket');
    case 'access-denied':
      throw new CommandFailure(2, 'multipass socket access denied');
    case 'unauthenticated':
      throw new CommandFailure(
        2,
        "The client is not authenticated with the Multipass service.\nPlease use 'multipass authenticate' before proceeding.",
      );
    case 'hangs':
      await forever();
      return;
    default:
      daemon satisfies never;
  }
}

function report(error: unknown): number {
  if (!(error instanceof CommandFailure)) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`[${new Date().toISOString()}] [error] [client] Caught an unhandled exception: ${text}\n`);
    return 1;
  }
  const { form, message, exitCode } = error;
  process.stderr.write(form === 'plain' ? `${message}\n` : `${name} failed: ${message}\n`);
  return exitCode;
}

/** Until nobody listens any more. */
async function flood(): Promise<number> {
  const line = `${'x'.repeat(1_000)}\n`.repeat(60);
  while (process.stdout.writable) {
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  return 0;
}
