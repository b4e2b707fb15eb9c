import { Command, CommanderError } from 'commander';
import { AppError } from '#common/base/app-error.ts';
import { BadUseError } from './commands/bad-use.ts';
import { addClusterChanges } from './commands/cluster/change.ts';
import { addClusterCreate } from './commands/cluster/create.ts';
import { addClusterList } from './commands/cluster/list.ts';
import { addClusterStatus } from './commands/cluster/status.ts';
import { addCollectLogs } from './commands/collect-logs.ts';
import { describeAppError } from './commands/describe-error.ts';
import { addDoctor } from './commands/doctor.ts';
import { addImageLoad } from './commands/image.ts';
import { addKubeconfig } from './commands/kubeconfig/kubeconfig.ts';
import { runMaster } from './commands/master.ts';
import { addNodeMembership, addNodePower } from './commands/node/nodes.ts';
import { runOpen } from './commands/open.ts';
import { addQuit } from './commands/quit.ts';
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
  .option('--no-open', 'waits for commands alone, until they open a window')
  .action(runServe);

program
  .command('master')
  .description('runs one master alone, until it is told to stop')
  .requiredOption('--data <directory>', 'where its store, certificates and admin.kubeconfig are kept')
  .option('--listen <address:port>', 'where the API is served', '127.0.0.1:6443')
  .option('--store <kind>', 'sqlite or memory', 'sqlite')
  .action(runMaster);

const cluster = program.command('cluster').description('makes, starts, stops and deletes clusters');
addClusterCreate(cluster);
addClusterList(cluster);
addClusterChanges(cluster);
addClusterStatus(cluster);

const node = program.command('node').description('changes the nodes of a cluster');
addNodeMembership(node);
addNodePower(node);

addImageLoad(program.command('image').description('brings images to the nodes of a cluster'));
addKubeconfig(program);
addDoctor(program);
addCollectLogs(program);
addQuit(program);

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
  const known = AppError.from(error);
  if (process.argv.includes('--json')) console.error(JSON.stringify({ error: known.toShape() }));
  else console.error(`pilothouse: ${describeAppError(known)}`);
  // What the app refuses as input was typed here.
  return known.code === 'input-invalid' ? 1 : 2;
}
