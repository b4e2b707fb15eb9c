import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { beforeSchema } from '../../install/before.ts';
import { nodePaths } from '../../install/node-context.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';
import type { MachineName } from '../provider.ts';

/** A file on the machine that tells all who would take it over whose it is; nothing in it is a secret. */
const markSchema = z.looseObject({
  format: z.literal(1),
  machine: z.string(),
  node: z.string(),
  before: beforeSchema,
});
export type Mark = Readonly<z.infer<typeof markSchema>>;

/** What a node has that was not taken over: of a machine made by us, or of another Kubernetes. */
const OTHERS = [
  nodePaths.config,
  '/etc/kubernetes/kubelet.conf',
  '/var/lib/kubelet/config.yaml',
  '/var/lib/rancher',
  '/var/snap/microk8s',
];

/** Undefined when there is none, or none that can be understood. */
export async function readMark(connection: SshConnection, signal: AbortSignal): Promise<Mark | undefined> {
  const text = await connection.read(nodePaths.mark, signal);
  try {
    return markSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

export async function writeMark(connection: SshConnection, mark: Mark, signal: AbortSignal): Promise<void> {
  const text = `${JSON.stringify(mark, null, 2)}\n`;
  await connection.upload(Buffer.from(text), nodePaths.mark, { mode: 0o644, signal });
}

/** Removes the mark with all configuration beside it. */
export async function removeMark(connection: SshConnection, signal: AbortSignal): Promise<void> {
  await connection.run(['rm', '-rf', path.posix.dirname(nodePaths.mark)], { signal });
}

/** Fails with `host-already-node` when the machine belongs to a cluster, unless that is as `machine`. */
export async function requireFree(
  connection: SshConnection,
  host: string,
  machine: MachineName | undefined,
  signal: AbortSignal,
): Promise<void> {
  const taken = (node: string, mark: string): AppError =>
    new AppError('host-already-node', { params: { host, node, mark } });
  const text = await connection.read(nodePaths.mark, signal);
  const mark = await readMark(connection, signal);
  if (text !== undefined && (machine === undefined || mark?.machine !== machine)) {
    throw taken(mark?.node ?? '?', nodePaths.mark);
  }
  if (mark) return;
  const { stdout } = await connection.run(['ls', '-d', ...OTHERS], { signal, accept: [0, 1, 2] });
  const [other] = stdout.split('\n').filter((line) => line.startsWith('/'));
  if (other !== undefined) throw taken('?', other);
}
