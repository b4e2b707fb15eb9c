import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Mount, MountPropagation } from '../../../cri/types.ts';
import { bindSubPath } from '../../volumes/sub-path.ts';
import { VolumeError } from '../../volumes/volume.ts';
import type { VolumePaths } from '../../volumes/volumes.ts';
import { expand } from '../environment/expansion.ts';
import type { PodDirectories } from '../pod-directories.ts';
import type { ContainerSpec, StoredPod } from '../pod.ts';
import { DEFAULT_TERMINATION_MESSAGE_PATH } from './container-config.ts';
import { CreateContainerConfigError } from './errors.ts';

type VolumeMount = NonNullable<ContainerSpec['volumeMounts']>[number];

export interface MountInputs {
  readonly restartCount: number;
  readonly volumes: VolumePaths;
  readonly directories: PodDirectories;
  readonly variables: ReadonlyMap<string, string>;
}

/** Everything that is mounted into a container: its volumes, the pod's hosts file, its termination message. */
export async function containerMounts(pod: StoredPod, container: ContainerSpec, inputs: MountInputs): Promise<Mount[]> {
  const { directories, restartCount } = inputs;
  const { uid } = pod.metadata;
  const mounts: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    mounts.push(await volumeMount(mount, directories.subPath(uid, mount.name, container.name, index), inputs));
  }
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  if (!taken.has('/etc/hosts')) mounts.push({ containerPath: '/etc/hosts', hostPath: directories.hostsFile(uid) });
  const message = directories.terminationMessage(uid, container.name, restartCount);
  await mkdir(path.dirname(message), { recursive: true });
  // Containers run as whom they like, and each of them may leave a message.
  await writeFile(message, '');
  await chmod(message, 0o666);
  mounts.push({
    containerPath: container.terminationMessagePath ?? DEFAULT_TERMINATION_MESSAGE_PATH,
    hostPath: message,
  });
  return mounts;
}

async function volumeMount(mount: VolumeMount, place: string, { volumes, variables }: MountInputs): Promise<Mount> {
  const volume = volumes.get(mount.name);
  if (volume === undefined) throw new CreateContainerConfigError(`no volume "${mount.name}" for ${mount.mountPath}`);
  const subPath = mount.subPathExpr ? expandedSubPath(mount.subPathExpr, variables) : mount.subPath;
  if (subPath) {
    try {
      await bindSubPath(volume, subPath, place);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      throw new CreateContainerConfigError(
        `failed to prepare subPath for volumeMount "${mount.name}": ${error.message}`,
        error,
      );
    }
  }
  return {
    containerPath: path.posix.isAbsolute(mount.mountPath) ? mount.mountPath : `/${mount.mountPath}`,
    hostPath: subPath ? place : volume,
    readonly: mount.readOnly ?? false,
    propagation: propagation(mount.mountPropagation),
  };
}

function expandedSubPath(expression: string, variables: ReadonlyMap<string, string>): string {
  const missing = [...expression.matchAll(/\$\(([^)]*)\)/g)].find(([, name = '']) => !variables.has(name));
  if (missing) throw new CreateContainerConfigError(`missing value for "${missing[1] ?? ''}"`);
  return expand(expression, variables);
}

function propagation(wanted: string | undefined): MountPropagation {
  switch (wanted) {
    case 'HostToContainer':
      return 'PROPAGATION_HOST_TO_CONTAINER';
    case 'Bidirectional':
      return 'PROPAGATION_BIDIRECTIONAL';
    default:
      return 'PROPAGATION_PRIVATE';
  }
}
