import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AgentConfigInput } from '#common/contract/agent-config.ts';
import { nodePaths, type NodeContext } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';
import { fillTemplateFile } from './template.ts';

/** A file that the agent on a machine is made of. */
export interface AgentFile {
  readonly place: string;
  readonly content: string | Buffer;
  readonly mode: number;
}

export async function agentFiles(context: NodeContext, connection: SshConnection): Promise<readonly AgentFile[]> {
  const { cluster, assets } = context;
  const unit = await fillTemplateFile(path.join(assets.templates, 'pilothouse-agent.service'), {
    node: nodePaths.runtime,
    agent: nodePaths.agent,
  });
  return [
    { place: nodePaths.agent, content: await readFile(assets.agentBundle), mode: 0o644 },
    { place: nodePaths.certificateAuthority, content: cluster.certificateAuthority, mode: 0o644 },
    { place: nodePaths.config, content: configText(context, connection), mode: 0o600 },
    { place: nodePaths.unit, content: unit, mode: 0o644 },
  ];
}

function configText({ cluster, node, machine }: NodeContext, connection: SshConnection): string {
  const config: AgentConfigInput = {
    nodeName: node,
    nodeAddress: connection.target.host,
    serversFile: nodePaths.servers,
    serverName: cluster.serverName,
    certificateAuthority: nodePaths.certificateAuthority,
    bootstrapTokenFile: nodePaths.bootstrapToken,
    podRange: cluster.podRange,
    serviceRange: cluster.serviceRange,
    clusterDns: cluster.clusterDns,
    clusterDomain: cluster.clusterDomain,
    capacity: { cpus: machine.cpus, memoryBytes: machine.memoryBytes },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
