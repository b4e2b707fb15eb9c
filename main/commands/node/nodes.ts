import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, withInstance } from '../command.ts';
import { findCluster } from '../find-cluster.ts';
import { addHostOptions, hostOptions, hostsOf } from '../hosts.ts';
import { operate } from '../operate.ts';
import { outputOptions, printJson, printLine } from '../output/output.ts';
import { sizeSchema } from '../output/size.ts';

const ofNode = z.object({ ...outputOptions, cluster: z.string(), node: z.string() });
const added = ofNode.extend({
  node: z.string().optional(),
  cpus: z.coerce.number({ error: 'give a number' }).optional(),
  memory: sizeSchema.optional(),
  disk: sizeSchema.optional(),
  ...hostOptions,
});

/** add and remove: the nodes that a cluster has. */
export function addNodeMembership(parent: Command): void {
  addHostOptions(addCommand(parent, 'add <cluster> [node]', 'makes one more machine and turns it into a node'))
    .option('--cpus <number>', 'its CPUs (default: as the last node has)')
    .option('--memory <size>', 'its memory, such as 2G (default: as the last node has)')
    .option('--disk <size>', 'its disk, such as 20G (default: as the last node has)')
    .action(
      withInstance(added, async (instance, { cluster, node, cpus, memory, disk, json, ...options }) => {
        const { id } = await findCluster(instance, cluster);
        const [host] = await hostsOf(options);
        const wanted = { cluster: id, node, cpus, memoryBytes: memory, diskBytes: disk, host };
        let name = node ?? '';
        await operate(instance, { cluster: id, quiet: json }, async () => {
          name = (await instance.call('clusters.addNode', wanted)).node;
          return id;
        });
        if (json) printJson({ cluster, node: name });
        else printLine(`node ${name} is added`);
      }),
    );
  addCommand(
    parent,
    'remove <cluster> <node>',
    'moves the pods of a node elsewhere, and removes it with its machine',
  ).action(
    withInstance(ofNode, async (instance, { cluster, node, json }) => {
      const { id } = await findCluster(instance, cluster);
      await operate(instance, { cluster: id, quiet: json }, async () => {
        await instance.call('clusters.removeNode', { cluster: id, node });
        return id;
      });
      if (json) printJson({ cluster, node });
      else printLine(`node ${node} is removed`);
    }),
  );
}

/** start and stop: the machines of the nodes that there are. */
export function addNodePower(parent: Command): void {
  const powers = [
    { verb: 'start', call: 'clusters.startNode', done: 'is started', description: 'starts the machine of a node' },
    {
      verb: 'stop',
      call: 'clusters.stopNode',
      done: 'is stopped',
      description: 'moves the pods of a node elsewhere, and stops its machine',
    },
  ] as const;
  for (const { verb, call, done, description } of powers) {
    addCommand(parent, `${verb} <cluster> <node>`, description).action(
      withInstance(ofNode, async (instance, { cluster, node, json }) => {
        const { id } = await findCluster(instance, cluster);
        await instance.call(call, { cluster: id, node });
        if (json) printJson({ cluster, node });
        else printLine(`node ${node} ${done}`);
      }),
    );
  }
}
