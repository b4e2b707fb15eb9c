import { chmod } from 'node:fs/promises';
import type { DeepReadonly } from '#common/base/freeze.ts';
import type { IDownwardAPIVolumeFile } from 'kubernetes-models/v1/DownwardAPIVolumeFile';
import { podField } from '../pods/environment/field-ref.ts';
import { resourceField } from '../pods/environment/resource-field-ref.ts';
import { podSpec } from '../pods/pod.ts';
import { writePayload, type Payload, type PayloadFile } from './atomic-writer.ts';
import { mountTmpfs } from './tmpfs.ts';
import { VolumeError, type VolumeContext, type VolumeSpec, type VolumeType } from './volume.ts';

export type DownwardFile = DeepReadonly<IDownwardAPIVolumeFile>;

/** What is known of the pod itself as files, which follow its labels and annotations. */
export const downwardApiVolume: VolumeType<NonNullable<VolumeSpec['downwardAPI']>> = {
  directoryName: 'kubernetes.io~downward-api',
  source: (volume) => volume.downwardAPI,
  async setUp(directory, { items = [], defaultMode = 0o644 }, context) {
    const payload = downwardPayload(items, defaultMode, context);
    await mountTmpfs(directory);
    await chmod(directory, 0o755);
    await writePayload(directory, payload, context.gid);
  },
};

export function downwardPayload(items: readonly DownwardFile[], defaultMode: number, context: VolumeContext): Payload {
  const files = new Map<string, PayloadFile>();
  for (const item of items) {
    files.set(item.path, { data: Buffer.from(textOf(item, context), 'utf8'), mode: item.mode ?? defaultMode });
  }
  return files;
}

function textOf({ path, fieldRef, resourceFieldRef }: DownwardFile, { pod, allocatable }: VolumeContext): string {
  // Addresses are not known yet when volumes are set up; the API takes no reference to them here.
  if (fieldRef) return podField(pod, fieldRef.fieldPath, { podIPs: [], hostIPs: [] });
  if (!resourceFieldRef) throw new VolumeError(`the file "${path}" has no source`);
  const { containers, initContainers = [] } = podSpec(pod);
  const container = [...containers, ...initContainers].find(({ name }) => name === resourceFieldRef.containerName);
  if (!container) throw new VolumeError(`container ${resourceFieldRef.containerName ?? ''} not found`);
  return resourceField(container, resourceFieldRef, allocatable);
}
