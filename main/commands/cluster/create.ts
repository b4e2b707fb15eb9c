import type { Command } from 'commander';
import { z } from 'zod';
import type { ClusterId, createClusterSchema } from '#common/contract/cluster.ts';
import { addCommand, withInstance } from '../command.ts';
import { addHostOptions, hostOptions, hostsOf } from '../hosts.ts';
import { operate } from '../operate.ts';
import { outputOptions, printJson, printLine } from '../output/output.ts';
import { sizeSchema } from '../output/size.ts';

const schema = z.object({
  ...outputOptions,
  name: z.string(),
  provider: z.enum(['multipass', 'ssh', 'namespace'], { error: 'give multipass, ssh or namespace' }).optional(),
  nodes: z.coerce.number({ error: 'give a number' }).optional(),
  cpus: z.coerce.number({ error: 'give a number' }).optional(),
  memory: sizeSchema.optional(),
  disk: sizeSchema.optional(),
  wait: z.boolean().default(false),
  ...hostOptions,
});

export function addClusterCreate(parent: Command): void {
  addHostOptions(addCommand(parent, 'create <name>', 'makes machines and turns them into the nodes of a new cluster'))
    .option('--provider <name>', 'how machines are made: multipass, ssh or namespace (default: what is best here)')
    .option('--nodes <number>', 'how many nodes (default: 1, or one for each host)')
    .option('--cpus <number>', 'CPUs of each node (default: 2)')
    .option('--memory <size>', 'memory of each node, such as 2G (default: 2G)')
    .option('--disk <size>', 'disk of each node, such as 20G (default: 20G)')
    .option('--wait', 'stays until the cluster runs, and shows how it is going')
    .action(
      withInstance(schema, async (instance, { name, nodes, cpus, memory, disk, wait, json, ...options }) => {
        const hosts = await hostsOf(options);
        const usual = hosts.length > 0 ? 'ssh' : undefined;
        const provider = options.provider ?? usual ?? (await instance.call('app.info', {})).providers[0]!;
        const wanted: z.input<typeof createClusterSchema> = {
          name,
          provider,
          nodes: nodes ?? Math.max(1, hosts.length),
          hosts,
          ...(cpus === undefined ? {} : { cpus }),
          ...(memory === undefined ? {} : { memoryBytes: memory }),
          ...(disk === undefined ? {} : { diskBytes: disk }),
        };
        const create = async (): Promise<ClusterId> => (await instance.call('clusters.create', wanted)).id;
        if (!wait) {
          const id = await create();
          if (json) printJson({ id, name });
          else printLine(`cluster ${name} is being created; see how it is going: pilothouse cluster status ${name}`);
          return;
        }
        const made = await operate(instance, { quiet: json }, create);
        if (json) printJson(made);
        else printLine(`cluster ${name} is running; use it: pilothouse kubeconfig ${name} --merge`);
      }),
    );
}
