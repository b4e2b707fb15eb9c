import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { importImages } from '../install/import-images.ts';
import type { ClusterNodes } from './cluster-nodes.ts';

export interface LoadedImage {
  /** The references that the archive holds. */
  readonly images: string[];
  /** The nodes that have them now. */
  readonly nodes: string[];
}

/** Imports an archive of images of this computer (OCI layout or `docker save`, tar) on every node that runs. */
export async function loadImage(file: string, nodes: ClusterNodes, signal: AbortSignal): Promise<LoadedImage> {
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw new AppError('file-unreadable', { params: { path: file }, cause: error });
  });
  const running = nodes.shown.filter(({ machine }) => machine === 'running').map(({ name }) => name);
  const loaded = await Promise.all(
    running.map(async (name) => importImages(await nodes.connection(name).get(signal), path.resolve(file), signal)),
  );
  return { images: [...new Set(loaded.flat())].sort(), nodes: running };
}
