import path from 'node:path';
import { applied } from '../applied.ts';
import { nodePaths, type NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';
import { fillTemplateFile } from '../template.ts';

const template = (context: NodeContext): Promise<string> =>
  fillTemplateFile(path.join(context.assets.templates, 'sysctl.conf'));

/** Kernel settings that pods and Services need, now and after every start. */
export const kernel: Step<NodeContext> = {
  id: 'kernel',
  expectedMs: 30,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    const settings = await template(context);
    return (
      (await connection.holds(settings, nodePaths.sysctl, signal)) &&
      (await applied(connection, 'sysctl', [settings]).is(signal)) &&
      (await isForwarding(connection, signal))
    );
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    const settings = await template(context);
    await connection.upload(Buffer.from(settings), nodePaths.sysctl, { mode: 0o644, signal });
    report({ line: `sysctl --load ${nodePaths.sysctl}` });
    await connection.run(['sysctl', '--quiet', `--load=${nodePaths.sysctl}`], { signal });
    await applied(connection, 'sysctl', [settings]).note(signal);
  },
};

async function isForwarding(connection: SshConnection, signal: AbortSignal): Promise<boolean> {
  return (await connection.read('/proc/sys/net/ipv4/ip_forward', signal))?.trim() === '1';
}
