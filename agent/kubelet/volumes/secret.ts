import { chmod } from 'node:fs/promises';
import { writePayload, type Payload } from './atomic-writer.ts';
import { projectKeys, type KeySelection } from './projected-keys.ts';
import { mountTmpfs } from './tmpfs.ts';
import { VolumeError, type VolumeContext, type VolumeSpec, type VolumeType } from './volume.ts';

/** The keys of a Secret as files in memory, which follow it when it changes. */
export const secretVolume: VolumeType<NonNullable<VolumeSpec['secret']>> = {
  directoryName: 'kubernetes.io~secret',
  source: (volume) => volume.secret,
  async setUp(directory, source, context) {
    const payload = secretPayload(source.secretName ?? '', source, context);
    await mountTmpfs(directory);
    await chmod(directory, 0o755);
    await writePayload(directory, payload, context.gid);
  },
};

export function secretPayload(name: string, selection: KeySelection, { secret }: VolumeContext): Payload {
  const object = secret(name);
  if (!object && !selection.optional) throw new VolumeError(`secret "${name}" not found`);
  const values = new Map(
    Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  );
  return projectKeys(values, selection);
}
