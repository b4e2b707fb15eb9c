import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compile } from './compiler.ts';
import { productImages, type ProductImage } from './images.ts';
import { architectureSchema, type Architecture, type ImagesManifest } from './manifest.ts';
import { ociArchive } from './oci-archive.ts';

/** Builds every image for every architecture into `outputDirectory`, and writes manifest.json beside them. */
export async function buildAllImages(outputDirectory: string): Promise<void> {
  await mkdir(outputDirectory, { recursive: true });
  const scratch = await mkdtemp(path.join(tmpdir(), 'pilothouse-images-'));
  try {
    // The images of one architecture share its C library, which the first of them builds.
    const perArchitecture = await Promise.all(
      architectureSchema.options.map(async (architecture) => {
        const archives = new Map<ProductImage, { file: string; digest: string }>();
        for (const image of productImages) {
          archives.set(image, await buildImage(image, architecture, scratch, outputDirectory));
        }
        return { architecture, archives };
      }),
    );
    const manifest: ImagesManifest = {
      images: productImages.map((image) => {
        const of = (wanted: Architecture): { file: string; digest: string } =>
          perArchitecture.find(({ architecture }) => architecture === wanted)!.archives.get(image)!;
        return {
          reference: image.reference,
          role: image.role,
          archives: { amd64: of('amd64'), arm64: of('arm64') },
        };
      }),
    };
    await writeFile(path.join(outputDirectory, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function buildImage(
  image: ProductImage,
  architecture: Architecture,
  scratch: string,
  outputDirectory: string,
): Promise<{ file: string; digest: string }> {
  const program = path.join(scratch, `${image.name}-${architecture}`);
  await compile(path.join(import.meta.dirname, image.source), program, architecture, image.defines);
  const name = path.basename(image.source, '.c');
  const { tar, digest } = await ociArchive({
    reference: image.reference,
    architecture,
    files: { [name]: await readFile(program) },
    config: {
      User: image.user,
      Entrypoint: [`/${name}`],
      WorkingDir: '/',
      ...(image.port === undefined ? {} : { ExposedPorts: { [`${image.port}/tcp`]: {} } }),
    },
  });
  const file = `${image.name}-${architecture}.tar`;
  await writeFile(path.join(outputDirectory, file), tar);
  return { file, digest };
}
