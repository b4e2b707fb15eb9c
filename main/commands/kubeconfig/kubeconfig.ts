import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { addCommand, withInstance } from '../command.ts';
import { findCluster } from '../find-cluster.ts';
import { outputOptions, printJson, printLine } from '../output/output.ts';
import { mergeIntoFile } from './merge.ts';

const schema = z.object({ ...outputOptions, name: z.string(), merge: z.boolean().default(false) });

/** `pilothouse kubeconfig`: what kubectl needs to reach a cluster. */
export function addKubeconfig(parent: Command): void {
  addCommand(parent, 'kubeconfig <name>', 'prints the kubeconfig of a cluster')
    .option('--merge', 'puts it into your kubeconfig instead, as the current context')
    .action(
      withInstance(schema, async (instance, { name, merge, json }) => {
        const { id } = await findCluster(instance, name);
        const { yaml } = await instance.call('clusters.kubeconfig', { cluster: id });
        if (!merge) {
          if (json) printJson(parse(yaml));
          else process.stdout.write(yaml);
          return;
        }
        const context = `pilothouse-${name}`;
        const file = usersKubeconfig(process.env);
        await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
        await mergeIntoFile(file, renamed(yaml, context));
        if (json) printJson({ file, context });
        else printLine(`${file} now has the context ${context}, which kubectl uses`);
      }),
    );
}

/** Where kubectl writes (client-go tools/clientcmd): the first of KUBECONFIG, or the one in the user's home. */
function usersKubeconfig(environment: NodeJS.ProcessEnv): string {
  const [first] = (environment['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  return path.resolve(first ?? path.join(homedir(), '.kube', 'config'));
}

const ownSchema = z.object({
  clusters: z.tuple([z.looseObject({})]),
  users: z.tuple([z.looseObject({})]),
});

/** The same cluster under a name that stands beside those of others: all of ours have the same user. */
function renamed(yaml: string, name: string): string {
  const { clusters, users } = ownSchema.parse(parse(yaml));
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...clusters[0], name }],
    users: [{ ...users[0], name }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
