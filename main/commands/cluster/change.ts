import type { Command } from 'commander';
import { z } from 'zod';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import type { Instance } from '../../instance/instance.ts';
import { addCommand, withInstance } from '../command.ts';
import { findCluster } from '../find-cluster.ts';
import { addSecretOptions, askSecrets, secretOptions } from '../hosts.ts';
import { operate } from '../operate.ts';
import { outputOptions, printJson, printLine } from '../output/output.ts';

const schema = z.object({ ...outputOptions, name: z.string(), wait: z.boolean().default(true) });
const startSchema = schema.extend(secretOptions);
const deleteSchema = schema.extend({ abandon: z.boolean().default(false) });

/** start, stop and delete: what is done to a cluster as a whole. */
export function addClusterChanges(parent: Command): void {
  const start = addCommand(parent, 'start <name>', 'starts a cluster, or goes on with what failed or was interrupted');
  addSecretOptions(withWait(start)).action(
    withInstance(startSchema, async (instance, options) => {
      const told = await askSecrets(options);
      await change(instance, options, ['is being started', 'is running'], ({ id, nodes }) => {
        const secrets = Object.keys(told).length > 0 ? Object.fromEntries(nodes.map(({ name }) => [name, told])) : {};
        return instance.call('clusters.resume', { cluster: id, secrets });
      });
    }),
  );

  const stop = addCommand(parent, 'stop <name>', 'stops the machines and the control plane of a cluster');
  withWait(stop).action(
    withInstance(schema, (instance, options) =>
      change(instance, options, ['is being stopped', 'is stopped'], ({ id }) =>
        instance.call('clusters.stop', { cluster: id }),
      ),
    ),
  );

  const remove = addCommand(parent, 'delete <name>', 'deletes a cluster with its machines and everything in it');
  withWait(remove)
    .option('--abandon', 'leaves machines of yours that cannot be reached as they are')
    .action(
      withInstance(deleteSchema, (instance, options) =>
        change(instance, options, ['is being deleted', 'is deleted'], ({ id }) =>
          instance.call('clusters.delete', { cluster: id, abandon: options.abandon }),
        ),
      ),
    );
}

function withWait(command: Command): Command {
  return command.option('--no-wait', 'does not stay until it is done');
}

/** `words` are what the cluster is while it goes on, and afterwards. */
async function change(
  instance: Instance,
  { name, wait, json }: z.output<typeof schema>,
  words: readonly [meanwhile: string, done: string],
  ask: (cluster: ClusterSummary) => Promise<unknown>,
): Promise<void> {
  const found = await findCluster(instance, name);
  const begin = async (): Promise<typeof found.id> => {
    await ask(found);
    return found.id;
  };
  const cluster = wait
    ? await operate(instance, { cluster: found.id, quiet: json }, begin)
    : { id: await begin(), name };
  if (json) printJson(cluster ?? { id: found.id, name });
  else printLine(`cluster ${name} ${wait ? words[1] : words[0]}`);
}
