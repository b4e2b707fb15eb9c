import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Architecture } from './manifest.ts';

export interface OciImage {
  readonly reference: string;
  readonly architecture: Architecture;
  /** Regular files by path, all executable and read-only. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** `config` of the OCI image configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface OciArchive {
  readonly tar: Buffer;
  /** `sha256:...` of the image's manifest. */
  readonly digest: string;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly content: Buffer;
}

const EPOCH = new Date(0);

/**
 * An OCI image layout in one tar, as `ctr images import` reads it. The same input gives the same bytes: fixed
 * times and owners, and an uncompressed layer, whose bytes depend on no compressor.
 * Source: OCI image-spec v1.1, image-layout.md.
 */
export async function ociArchive(image: OciImage): Promise<OciArchive> {
  const platform = { architecture: image.architecture, os: 'linux' };
  const layer = blob(await tar(image.files, 0o555));
  const config = jsonBlob({
    ...platform,
    config: image.config,
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: [described('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...described('application/vnd.oci.image.manifest.v1+json', manifest),
        platform,
        annotations: { 'io.containerd.image.name': image.reference },
      },
    ],
  };
  const files = {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json(index),
    ...Object.fromEntries(
      [config, layer, manifest].map(({ digest, content }) => [`blobs/${digest.replace(':', '/')}`, content]),
    ),
  };
  return { tar: await tar(files, 0o444), digest: manifest.digest };
}

async function tar(files: Readonly<Record<string, Uint8Array>>, mode: number): Promise<Buffer> {
  const packer = pack();
  for (const name of Object.keys(files).sort()) {
    packer.entry({ name, mode, uid: 0, gid: 0, mtime: EPOCH }, Buffer.from(files[name]!));
  }
  packer.finalize();
  return buffer(packer);
}

function blob(content: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length, content };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const jsonBlob = (value: unknown): Blob => blob(json(value));

function described(mediaType: string, { digest, size }: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest, size };
}
