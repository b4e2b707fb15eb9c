import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { BugError } from '#common/base/assert.ts';
import { imagesManifestSchema, type Architecture } from '../../resources/images/manifest.ts';
import { readArchitecture } from './machine-facts.ts';
import type { SshConnection } from './ssh-connection.ts';

/** An image that every node gets, as an OCI archive on this computer. */
export interface ImageArchive {
  readonly reference: string;
  readonly role: 'pause' | 'sample';
  readonly file: string;
  /** Of the image's manifest: what containerd shows for it. */
  readonly digest: string;
}

/** What the installer brings to a machine. All paths are on this computer. */
export interface NodeAssets {
  /** Of the app that they come with (semver). */
  readonly version: string;
  /** agent.cjs */
  readonly agentBundle: string;
  /** The directory of resources/node. */
  readonly templates: string;
  /** The Node.js program for the architecture; undefined when this build of the app has none. */
  nodeRuntime(architecture: Architecture): string | undefined;
  images(architecture: Architecture): readonly ImageArchive[];
}

export interface AssetLayout {
  readonly version: string;
  readonly agentBundle: string;
  readonly templates: string;
  readonly nodeRuntimes: Readonly<Partial<Record<Architecture, string>>>;
  /** The directory that the archives and their manifest.json are in. */
  readonly images: string;
}

export async function loadNodeAssets(layout: AssetLayout): Promise<NodeAssets> {
  const text = await readFile(path.join(layout.images, 'manifest.json'), 'utf8');
  const manifest = imagesManifestSchema.parse(JSON.parse(text));
  return {
    version: layout.version,
    agentBundle: layout.agentBundle,
    templates: layout.templates,
    nodeRuntime: (architecture) => layout.nodeRuntimes[architecture],
    images: (architecture) =>
      manifest.images.map(({ reference, role, archives }) => ({
        reference,
        role,
        file: path.join(layout.images, archives[architecture].file),
        digest: archives[architecture].digest,
      })),
  };
}

/** The image that holds the namespaces of every pod. */
export function pauseImage(assets: NodeAssets, architecture: Architecture): ImageArchive {
  const found = assets.images(architecture).find((image) => image.role === 'pause');
  if (!found) throw new BugError('the images have no pause image');
  return found;
}

/** The Node.js program for the machine, on this computer. Fails with `architecture-unsupported`. */
export async function runtimeFor(assets: NodeAssets, connection: SshConnection, signal: AbortSignal): Promise<string> {
  const architecture = await readArchitecture(connection, signal);
  const program = assets.nodeRuntime(architecture);
  if (program === undefined) throw new AppError('architecture-unsupported', { params: { architecture } });
  return program;
}
