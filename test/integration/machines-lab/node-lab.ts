import { createRequire } from 'node:module';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import type { Client } from '#common/client/client.ts';
import { loadNodeAssets, type NodeAssets } from '../../../main/install/node-assets.ts';
import { NodeConnection } from '../../../main/install/node-connection.ts';
import type { ClusterFacts, NodeContext } from '../../../main/install/node-context.ts';
import type { Machine } from '../../../main/machines/provider.ts';
import { buildAgent } from '../../../scripts/build/agent.ts';
import { buildImages } from '../../../scripts/build/images.ts';
import { BUILD, ROOT, runTask } from '../../../scripts/build/task.ts';
import type { MachinesLab } from './lab.ts';

/** What the installer brings, as the app's own build makes it. */
export async function builtAssets(): Promise<NodeAssets> {
  await Promise.all([runTask(buildAgent), runTask(buildImages)]);
  const require = createRequire(import.meta.url);
  const runtime = path.dirname(require.resolve(`node-linux-${process.arch}/package.json`));
  return loadNodeAssets({
    version: '1.0.0',
    agentBundle: path.join(BUILD, 'agent/agent.cjs'),
    templates: path.join(ROOT, 'resources/node'),
    images: path.join(BUILD, 'images'),
    nodeRuntimes: { [process.arch === 'arm64' ? 'arm64' : 'amd64']: path.join(runtime, 'bin/node') },
  });
}

/** The installer's view of one machine of a lab. */
export function installContext(
  lab: MachinesLab,
  node: string,
  machine: Machine,
  assets: NodeAssets,
  cluster: ClusterFacts,
  client: Client,
): NodeContext & AsyncDisposable {
  const connection = new NodeConnection(() => lab.provider.info(lab.cluster, machine.name), lab.keys.privateKey);
  return {
    cluster,
    node,
    machine,
    setsClock: false,
    assets,
    client,
    clock: realClock,
    ssh: (signal) => connection.get(signal),
    bootstrapToken: async () => BOOTSTRAP_TOKEN,
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

export const BOOTSTRAP_TOKEN = 'abcdef.0123456789abcdef';
