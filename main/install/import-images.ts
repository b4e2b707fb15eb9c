import path from 'node:path';
import { nodePaths } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

/** containerd's namespace of the CRI. */
export const CTR_IMAGES = ['ctr', '--namespace', 'k8s.io', 'images'] as const;

/** Hands an archive of images to the machine's containerd; gives back the references that it held. */
export async function importImages(connection: SshConnection, file: string, signal: AbortSignal): Promise<string[]> {
  const archive = path.posix.join(nodePaths.images, path.basename(file));
  await connection.upload(file, archive, { mode: 0o644, signal });
  try {
    const { stdout } = await connection.run([...CTR_IMAGES, 'import', archive], { signal });
    return importedReferences(stdout);
  } finally {
    await connection.run(['rm', '-f', archive], { signal });
  }
}

/** From what `ctr images import` prints: `unpacking REF (sha256:...)...done`, since containerd 2.0 `REF  saved`. */
export function importedReferences(output: string): string[] {
  return output
    .split('\n')
    .map((line) => (/^unpacking (\S+) \(sha256:/.exec(line) ?? /^(\S+)\s+saved\b/.exec(line))?.[1])
    .filter((reference) => reference !== undefined);
}
