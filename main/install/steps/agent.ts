import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AgentConfigInput } from '#common/contract/agent-config.ts';
import { nodePaths, type NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { applied, type Applied } from '../applied.ts';
import type { Step } from '../step.ts';
import { fillTemplateFile } from '../template.ts';

const UNIT = 'pilothouse-agent.service';

/** The agent with its configuration, as a unit that systemd keeps running. */
export const agent: Step<NodeContext> = {
  id: 'agent',
  expectedMs: 500,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    const files = await agentFiles(context, connection);
    for (const { content, place } of files) {
      if (!(await connection.holds(content, place, signal))) return false;
    }
    return (await inUse(connection, files).is(signal)) && (await isActive(connection, signal));
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    let changed = false;
    const files = await agentFiles(context, connection);
    for (const { content, place, mode } of files) {
      report({ line: `Writing ${place}` });
      const result = await connection.upload(Buffer.from(content), place, { mode, signal });
      changed ||= result.changed;
    }
    const running = inUse(connection, files);
    if (!changed && (await running.is(signal)) && (await isActive(connection, signal))) return;
    // The agent removes it as soon as it has its first certificate.
    const token = `${await context.bootstrapToken()}\n`;
    await connection.upload(Buffer.from(token), nodePaths.bootstrapToken, { mode: 0o600, signal });
    report({ line: `Starting ${UNIT}` });
    await connection.run(['systemctl', 'daemon-reload'], { signal });
    await connection.run(['systemctl', 'enable', '--quiet', UNIT], { signal });
    await connection.run(['systemctl', 'restart', UNIT], { signal });
    await connection.run(['systemctl', 'is-active', UNIT], { signal });
    await running.note(signal);
  },
};

interface AgentFile {
  readonly place: string;
  readonly content: string | Buffer;
  readonly mode: number;
}

async function agentFiles(context: NodeContext, connection: SshConnection): Promise<readonly AgentFile[]> {
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

function inUse(connection: SshConnection, files: readonly AgentFile[]): Applied {
  return applied(
    connection,
    'agent',
    files.map(({ content }) => content),
  );
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

async function isActive(connection: SshConnection, signal: AbortSignal): Promise<boolean> {
  return (await connection.run(['systemctl', 'is-active', UNIT], { signal, accept: [0, 3, 4] })).exitCode === 0;
}
