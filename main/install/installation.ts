import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { agentFiles } from './agent-files.ts';
import { localFileDigest } from './file-digest.ts';
import { readArchitecture } from './machine-facts.ts';
import { runtimeFor } from './node-assets.ts';
import { nodePaths, type NodeContext } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

/** What was brought to a machine, noted on it: one small file tells whether there is anything to be brought. */
const installationSchema = z.object({
  /** Of the app (semver). */
  version: z.string(),
  /** SHA-256 over everything that the steps put there, in hexadecimal. */
  digest: z.string(),
});
export type Installation = Readonly<z.infer<typeof installationSchema>>;

/** What this app would bring to the machine. */
export async function installationOf(
  context: NodeContext,
  connection: SshConnection,
  signal: AbortSignal,
): Promise<Installation> {
  const { assets } = context;
  const architecture = await readArchitecture(connection, signal);
  const hash = createHash('sha256');
  const add = (part: string | Buffer): void => void hash.update(createHash('sha256').update(part).digest());
  for (const { place, content } of await agentFiles(context, connection)) [place, content].forEach(add);
  for (const name of ['containerd.toml', 'sysctl.conf']) add(await readFile(path.join(assets.templates, name)));
  for (const { reference, digest } of assets.images(architecture)) add(`${reference} ${digest}`);
  add(await localFileDigest(await runtimeFor(assets, connection, signal)));
  return { version: assets.version, digest: hash.digest('hex') };
}

/** Undefined when nothing was noted, or nothing that can be read. */
export async function readInstallation(
  connection: SshConnection,
  signal: AbortSignal,
): Promise<Installation | undefined> {
  const text = await connection.read(nodePaths.installation, signal);
  try {
    return installationSchema.parse(JSON.parse(text ?? 'null'));
  } catch {
    return undefined;
  }
}

/** To be called once everything is there. */
export async function noteInstallation(
  connection: SshConnection,
  installation: Installation,
  signal: AbortSignal,
): Promise<void> {
  const text = `${JSON.stringify(installation)}\n`;
  await connection.upload(Buffer.from(text), nodePaths.installation, { mode: 0o644, signal });
}
