import { chmod, mkdir } from 'node:fs/promises';
import { writePayload, type Payload } from './atomic-writer.ts';
import { projectKeys, type KeySelection } from './projected-keys.ts';
import { VolumeError, type VolumeContext, type VolumeSpec, type VolumeType } from './volume.ts';

/** The keys of a ConfigMap as files, which follow it when it changes. */
export const configMapVolume: VolumeType<NonNullable<VolumeSpec['configMap']>> = {
  directoryName: 'kubernetes.io~configmap',
  source: (volume) => volume.configMap,
  async setUp(directory, source, context) {
    const payload = configMapPayload(source.name ?? '', source, context);
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o755);
    await writePayload(directory, payload, context.gid);
  },
};

export function configMapPayload(name: string, selection: KeySelection, { configMap }: VolumeContext): Payload {
  const object = configMap(name);
  if (!object && !selection.optional) throw new VolumeError(`configmap "${name}" not found`);
  const values = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(object?.data ?? {})) values.set(key, Buffer.from(text, 'utf8'));
  for (const [key, text] of Object.entries(object?.binaryData ?? {})) values.set(key, Buffer.from(text, 'base64'));
  return projectKeys(values, selection);
}
