import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, withInstance } from '../command.ts';
import { findCluster } from '../find-cluster.ts';
import { operate } from '../operate.ts';
import { outputOptions, printJson, printLine } from '../output/output.ts';

const schema = z.object({ ...outputOptions, name: z.string(), wait: z.boolean().default(true) });

interface Change {
  readonly verb: string;
  readonly description: string;
  readonly call: 'clusters.resume' | 'clusters.stop' | 'clusters.delete';
  /** What the cluster is while it goes on, and afterwards. */
  readonly words: readonly [meanwhile: string, done: string];
}

const changes: readonly Change[] = [
  {
    verb: 'start',
    description: 'starts a cluster, or goes on with what failed or was interrupted',
    call: 'clusters.resume',
    words: ['is being started', 'is running'],
  },
  {
    verb: 'stop',
    description: 'stops the machines and the control plane of a cluster',
    call: 'clusters.stop',
    words: ['is being stopped', 'is stopped'],
  },
  {
    verb: 'delete',
    description: 'deletes a cluster with its machines and everything in it',
    call: 'clusters.delete',
    words: ['is being deleted', 'is deleted'],
  },
];

/** start, stop and delete: what is done to a cluster as a whole. */
export function addClusterChanges(parent: Command): void {
  for (const { verb, description, call, words } of changes) {
    addCommand(parent, `${verb} <name>`, description)
      .option('--no-wait', 'does not stay until it is done')
      .action(
        withInstance(schema, async (instance, { name, wait, json }) => {
          const { id } = await findCluster(instance, name);
          const begin = async (): Promise<typeof id> => {
            await instance.call(call, { cluster: id });
            return id;
          };
          const cluster = wait
            ? await operate(instance, { cluster: id, quiet: json }, begin)
            : { id: await begin(), name };
          if (json) printJson(cluster ?? { id, name });
          else printLine(`cluster ${name} ${wait ? words[1] : words[0]}`);
        }),
      );
  }
}
