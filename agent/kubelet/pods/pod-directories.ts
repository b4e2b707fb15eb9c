import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../base/files.ts';
import type { PodIdentity } from './labels.ts';

/** Where the files of pods lie: upstream's layout below the agent's state and log directories. */
export class PodDirectories {
  readonly #pods: string;
  readonly #logs: string;

  constructor(stateDirectory: string, logDirectory: string) {
    this.#pods = path.join(stateDirectory, 'pods');
    this.#logs = logDirectory;
  }

  pod(uid: string): string {
    return path.join(this.#pods, safe(uid));
  }

  hostsFile(uid: string): string {
    return path.join(this.pod(uid), 'etc-hosts');
  }

  volumes(uid: string): string {
    return path.join(this.pod(uid), 'volumes');
  }

  /** Where a part of a volume is mounted for one mount of one container; it goes with the volumes. */
  subPath(uid: string, volume: string, container: string, index: number): string {
    return path.join(this.volumes(uid), 'subpaths', safe(volume), safe(container), String(index));
  }

  /** Where a container's termination message is written by its process. */
  terminationMessage(uid: string, container: string, restartCount: number): string {
    return path.join(this.pod(uid), 'containers', safe(container), String(restartCount));
  }

  logs(pod: PodIdentity): string {
    return path.join(this.#logs, safe(`${pod.namespace}_${pod.name}_${pod.uid}`));
  }

  /** The uids of all pods that have left files here. */
  listUids(): Promise<string[]> {
    return namesIn(this.#pods);
  }

  /** The log directories of all pods, by the uid that their name ends with. */
  async listLogs(): Promise<{ uid: string; remove: () => Promise<void> }[]> {
    return (await namesIn(this.#logs)).map((name) => ({
      uid: name.slice(name.lastIndexOf('_') + 1),
      remove: () => removeTree(path.join(this.#logs, name)),
    }));
  }

  /** Removes all that is left of a pod. Its volumes must have been taken down before. */
  async remove(pod: PodIdentity): Promise<void> {
    await this.removePod(pod.uid);
    await removeTree(this.logs(pod));
  }

  async removePod(uid: string): Promise<void> {
    await removeTree(this.pod(uid));
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removeTree(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
}

/** Names come from the cluster: none may lead out of its directory. */
function safe(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new Error(`Unusable as a file name: ${JSON.stringify(name)}`);
  }
  return name;
}
