import { Command, CommanderError } from 'commander';
import { AppError } from '#common/base/app-error.ts';
import { BadUseError } from './commands/bad-use.ts';
import { describeAppError } from './commands/describe-error.ts';
import { runMaster } from './commands/master.ts';
import { runOpen } from './commands/open.ts';
import { runServe } from './commands/serve.ts';

/** The `pilothouse` command. Exit codes: 0 done, 1 bad use, 2 failed. */
const program = new Command('pilothouse')
  .description('A real Kubernetes cluster on your own machine')
  .exitOverride()
  .showHelpAfterError();

program
  .command('open', { isDefault: true })
  .description('opens the window: its own, or in a browser where there is no display')
  .option('--port <number>', 'where it is served on 127.0.0.1 when it opens in a browser')
  .action(runOpen);

program
  .command('serve')
  .description('opens the window in a browser on this computer')
  .option('--port <number>', 'where it is served on 127.0.0.1')
  .action(runServe);

program
  .command('master')
  .description('runs one master alone, until it is told to stop')
  .requiredOption('--data <directory>', 'where its store, certificates and admin.kubeconfig are kept')
  .option('--listen <address:port>', 'where the API is served', '127.0.0.1:6443')
  .option('--store <kind>', 'sqlite or memory', 'sqlite')
  .action(runMaster);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Tells what went wrong in one place, and gives the exit code for it. */
function report(error: unknown): number {
  // Commander has said what it had to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
  if (error instanceof BadUseError) {
    console.error(`pilothouse: ${error.message}`);
    return 1;
  }
  console.error(`pilothouse: ${describeAppError(AppError.from(error))}`);
  return 2;
}
