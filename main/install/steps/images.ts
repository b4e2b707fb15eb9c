import { CTR_IMAGES, importImages } from '../import-images.ts';
import { readArchitecture } from '../machine-facts.ts';
import type { ImageArchive } from '../node-assets.ts';
import type { NodeContext } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Step } from '../step.ts';

/** The product's own images, so that no registry is needed. */
export const images: Step<NodeContext> = {
  id: 'images',
  expectedMs: 300,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    return (await missingImages(context, connection, signal)).length === 0;
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    for (const image of await missingImages(context, connection, signal)) {
      report({ line: `Importing ${image.reference}` });
      await importImages(connection, image.file, signal);
    }
  },
};

async function missingImages(
  context: NodeContext,
  connection: SshConnection,
  signal: AbortSignal,
): Promise<readonly ImageArchive[]> {
  const architecture = await readArchitecture(connection, signal);
  const { stdout } = await connection.run([...CTR_IMAGES, 'ls'], { signal });
  const present = parseImageList(stdout);
  return context.assets.images(architecture).filter((image) => present.get(image.reference) !== image.digest);
}

/** Digests by reference, from the table that `ctr images ls` prints: REF, TYPE, DIGEST, ... */
export function parseImageList(table: string): ReadonlyMap<string, string> {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(rows.filter((row) => row[2]?.startsWith('sha256:')).map((row) => [row[0]!, row[2]!]));
}
