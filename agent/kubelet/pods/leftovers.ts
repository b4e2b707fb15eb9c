import { tearDownVolumes } from '../volumes/volumes.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { PodSyncParts } from './sync-parts.ts';

/**
 * Removes the files and control groups of pods that neither the API nor the runtime knows: they went while
 * the agent did not run, or it was stopped in the middle of removing them.
 */
export async function removeLeftovers(
  {
    directories,
    cgroups,
    context,
  }: Pick<PodSyncParts, 'directories' | 'context'> & {
    readonly cgroups: Pick<PodCgroups, 'remove' | 'listUids'>;
  },
  isKnown: (uid: string) => boolean,
): Promise<void> {
  for (const uid of await cgroups.listUids()) if (!isKnown(uid)) await cgroups.remove(uid);
  for (const uid of await directories.listUids()) {
    if (isKnown(uid)) continue;
    context.log.info('removing what is left of a pod', { uid });
    await tearDownVolumes(directories.volumes(uid));
    await directories.removePod(uid);
  }
  for (const { uid, remove } of await directories.listLogs()) if (!isKnown(uid)) await remove();
}
