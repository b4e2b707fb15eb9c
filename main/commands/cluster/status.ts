import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, withInstance } from '../command.ts';
import { describeAppError } from '../describe-error.ts';
import { findCluster } from '../find-cluster.ts';
import { outputOptions, printJson, printLine, printTable } from '../output/output.ts';
import { picture } from '../output/progress.ts';

const COLUMNS = 120;

export function addClusterStatus(parent: Command): void {
  addCommand(parent, 'status <name>', 'shows a cluster, its nodes, and what is being done to it').action(
    withInstance(z.object({ ...outputOptions, name: z.string() }), async (instance, { name, json }) => {
      const cluster = await findCluster(instance, name);
      const progress = await instance.first('clusters.progress', { cluster: cluster.id });
      if (json) {
        printJson({ ...cluster, progress });
        return;
      }
      printLine(`${name} is ${cluster.phase}${cluster.server === undefined ? '' : ` at ${cluster.server}`}`);
      printLine('');
      printTable(
        ['NODE', 'MACHINE', 'ADDRESS', 'REACH'],
        cluster.nodes.map(({ name: node, machine, address = '', reach = '' }) => [node, machine, address, reach]),
      );
      if (progress && progress.state !== 'done') {
        printLine(`\n${progress.kind} is ${progress.state}:`);
        printLine(picture(progress, '*', process.stdout.columns || COLUMNS));
      }
      const errors = [cluster.error, ...cluster.nodes.map(({ error }) => error)].filter((error) => error !== undefined);
      for (const error of errors) printLine(`\n${describeAppError(error)}`);
    }),
  );
}
