import type { ReportProgress } from '../../machines/provider.ts';
import { agentFiles, type AgentFile } from '../agent-files.ts';
import { applied, type Applied } from '../applied.ts';
import { localFileDigest } from '../file-digest.ts';
import { installationOf, noteInstallation } from '../installation.ts';
import { AGENT_UNIT } from '../node-agent.ts';
import { runtimeFor } from '../node-assets.ts';
import { nodePaths, type NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';

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
    return (await (await inUse(context, connection, files, signal)).is(signal)) && (await isActive(connection, signal));
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
    const running = await inUse(context, connection, files, signal);
    if (changed || !(await running.is(signal)) || !(await isActive(connection, signal))) {
      await restartAgent(context, connection, report, signal);
      await running.note(signal);
    }
    // The last of the steps that bring something to the machine.
    await noteInstallation(connection, await installationOf(context, connection, signal), signal);
  },
};

/** Starts the agent anew, with what it needs to ask for a first certificate. Pods go on meanwhile. */
export async function restartAgent(
  context: NodeContext,
  connection: SshConnection,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  // The agent removes it as soon as it has a certificate that is good.
  const token = `${await context.bootstrapToken()}\n`;
  await connection.upload(Buffer.from(token), nodePaths.bootstrapToken, { mode: 0o600, signal });
  report({ line: `Starting ${AGENT_UNIT}` });
  await connection.run(['systemctl', 'daemon-reload'], { signal });
  await connection.run(['systemctl', 'enable', '--quiet', AGENT_UNIT], { signal });
  await connection.run(['systemctl', 'restart', AGENT_UNIT], { signal });
  await connection.run(['systemctl', 'is-active', AGENT_UNIT], { signal });
}

/** What the agent was last restarted with: its files, and the program that runs it. */
async function inUse(
  context: NodeContext,
  connection: SshConnection,
  files: readonly AgentFile[],
  signal: AbortSignal,
): Promise<Applied> {
  const runtime = await localFileDigest(await runtimeFor(context.assets, connection, signal));
  return applied(connection, 'agent', [...files.map(({ content }) => content), runtime]);
}

async function isActive(connection: SshConnection, signal: AbortSignal): Promise<boolean> {
  return (await connection.run(['systemctl', 'is-active', AGENT_UNIT], { signal, accept: [0, 3, 4] })).exitCode === 0;
}
