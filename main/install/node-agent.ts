import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { nodePaths, type NodeContext } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

export const AGENT_UNIT = path.posix.basename(nodePaths.unit);
/** Pods have a while to end by themselves, and may be many. */
const PODS_SILENCE_MS = 180_000;

/** Ends the agent and all pods, also for when the machine starts the next time. The rest of the machine goes on. */
export async function stopNode(connection: SshConnection, signal: AbortSignal): Promise<void> {
  if (!(await isThere(connection, nodePaths.unit, signal))) return;
  await connection.run(['systemctl', 'disable', '--quiet', '--now', AGENT_UNIT], { signal });
  await runAgent(connection, 'stop-pods', signal);
}

/** Lets the agent run again, where there is one; it starts the pods that belong there. */
export async function startNode(connection: SshConnection, signal: AbortSignal): Promise<void> {
  if (!(await isThere(connection, nodePaths.unit, signal))) return;
  await connection.run(['systemctl', 'enable', '--quiet', '--now', AGENT_UNIT], { signal });
  await connection.run(['systemctl', 'is-active', AGENT_UNIT], { signal });
}

/** Whether there is an agent that can be run tells whether there can be anything of agents on the machine. */
export async function runAgent(
  connection: SshConnection,
  what: 'stop-pods' | 'leave',
  signal: AbortSignal,
): Promise<void> {
  for (const file of [nodePaths.runtime, nodePaths.agent, nodePaths.config]) {
    if (!(await isThere(connection, file, signal))) return;
  }
  await connection.run([nodePaths.runtime, nodePaths.agent, what], { signal, silenceMs: PODS_SILENCE_MS });
}

export async function isThere(connection: SshConnection, file: string, signal: AbortSignal): Promise<boolean> {
  return (await connection.run(['test', '-e', file], { signal, accept: [0, 1] })).exitCode === 0;
}

/** `node-not-ready`, with what the agent last said. */
export async function notReadyError(context: NodeContext, reason: string, signal: AbortSignal): Promise<AppError> {
  const argv = ['journalctl', '-u', AGENT_UNIT, '-n', '20', '-o', 'cat', '--no-pager'];
  const { stdout } = await (await context.ssh(signal)).run(argv, { signal });
  const lines = stdout.trim().split('\n');
  return new AppError('node-not-ready', { params: { node: context.node, reason }, command: argv.join(' '), lines });
}
