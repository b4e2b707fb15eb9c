import { Command } from 'commander';
import { runMaster } from './commands/master.ts';
import { runServe } from './commands/serve.ts';

/** The `pilothouse` command. Exit codes: 0 done, 1 bad use, 2 failed. */
const program = new Command('pilothouse')
  .description('A real Kubernetes cluster on your own machine')
  .showHelpAfterError();

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

await program.parseAsync();
