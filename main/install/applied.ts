import { createHash } from 'node:crypto';
import path from 'node:path';
import { nodePaths } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

/**
 * What a part of the machine was last restarted with. A file alone does not tell whether what it is meant for
 * has read it: whoever wrote it may have been cut off before the restart.
 */
export interface Applied {
  /** Whether the last restart that was noted had these contents. */
  is(signal: AbortSignal): Promise<boolean>;
  /** To be called once the part runs with these contents. */
  note(signal: AbortSignal): Promise<void>;
}

export function applied(
  connection: SshConnection,
  part: 'containerd' | 'agent' | 'sysctl',
  contents: readonly (string | Buffer)[],
): Applied {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(createHash('sha256').update(content).digest());
  const digest = `${hash.digest('hex')}\n`;
  const place = path.posix.join(nodePaths.applied, part);
  return {
    is: (signal) => connection.holds(digest, place, signal),
    note: async (signal) => {
      await connection.upload(Buffer.from(digest), place, { mode: 0o644, signal });
    },
  };
}
