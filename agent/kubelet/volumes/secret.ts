import { chmod } from 'node:fs/promises';
import { writePayload } from './atomic-writer.ts';
import { projectKeys } from './projected-keys.ts';
import { mountTmpfs } from './tmpfs.ts';
import { VolumeError, type VolumeSpec, type VolumeType } from './volume.ts';

/** The keys of a Secret as files in memory, which follow it when it changes. */
export const secretVolume: VolumeType<NonNullable<VolumeSpec['secret']>> = {
  directoryName: 'kubernetes.io~secret',
  source: (volume) => volume.secret,
  async setUp(directory, source, { secret, gid }) {
    const name = source.secretName ?? '';
    const object = secret(name);
    if (!object && !source.optional) throw new VolumeError(`secret "${name}" not found`);
    const values = new Map(
      Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
    );
    await mountTmpfs(directory);
    await chmod(directory, 0o755);
    await writePayload(directory, projectKeys(values, source), gid);
  },
};
