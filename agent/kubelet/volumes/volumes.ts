import { rm } from 'node:fs/promises';
import path from 'node:path';
import { podSpec } from '../pods/pod.ts';
import { configMapVolume } from './config-map.ts';
import { downwardApiVolume } from './downward-api.ts';
import { emptyDir } from './empty-dir.ts';
import { projectedVolume } from './projected.ts';
import { secretVolume } from './secret.ts';
import { unmountBelow } from './tmpfs.ts';
import { VolumeError, type VolumeContext, type VolumeSpec, type VolumeType } from './volume.ts';

/** Host paths of a pod's volumes, by their names. */
export type VolumePaths = ReadonlyMap<string, string>;

/**
 * Sets up all volumes of a pod below `directory`, and brings those that follow an object up to date. Throws
 * `VolumeError` with the kubelet's words when one of them cannot be had.
 */
export async function setUpVolumes(directory: string, context: VolumeContext): Promise<VolumePaths> {
  const paths = new Map<string, string>();
  for (const volume of podSpec(context.pod).volumes ?? []) {
    try {
      const place =
        (await trySetUp(emptyDir, directory, volume, context)) ??
        (await trySetUp(configMapVolume, directory, volume, context)) ??
        (await trySetUp(secretVolume, directory, volume, context)) ??
        (await trySetUp(projectedVolume, directory, volume, context)) ??
        (await trySetUp(downwardApiVolume, directory, volume, context));
      if (place === undefined) throw new VolumeError('no volume plugin matched');
      paths.set(volume.name, place);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${reason}`, { cause: error });
    }
  }
  return paths;
}

/** Takes all volumes of a pod down and removes what was in them. */
export async function tearDownVolumes(directory: string): Promise<void> {
  await unmountBelow(directory);
  await rm(directory, { recursive: true, force: true });
}

async function trySetUp<Source>(
  type: VolumeType<Source>,
  directory: string,
  volume: VolumeSpec,
  context: VolumeContext,
): Promise<string | undefined> {
  const source = type.source(volume);
  if (!source) return undefined;
  const place = path.join(directory, type.directoryName, volume.name);
  await type.setUp(place, source, context);
  return place;
}
