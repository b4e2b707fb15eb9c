import { CommandFailure } from '../command-failure.ts';
import type { Context } from '../context.ts';
import { nextFault } from '../faults.ts';
import { existing, startOne } from './power.ts';

/** Starts the instance when it does not run, and ends with the exit status of what it ran. */
export async function exec(context: Context, args: readonly string[]): Promise<number> {
  const { directory, settings, backend } = context;
  const name = args[0] ?? '';
  const argv = args.slice(args.indexOf('--') + 1);
  const instance = await existing(context, name);
  if (instance.state === 'Unknown') throw new CommandFailure(2, 'Cannot retrieve credentials in unknown state');
  if (instance.state !== 'Running') await startOne(context, name);
  const fault = await nextFault(directory, settings, 'exec', name);
  if (instance.isDeaf || fault === 'exec-fails') {
    throw new CommandFailure(settings.version === '1.17' ? 255 : 2, `ssh connection failed: 'Connection refused'`);
  }
  const { exitCode, stdout, stderr } = await backend.exec(instance, argv);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exitCode;
}
