import { z } from 'zod';

/** Processor architectures as OCI and Go name them. */
export const architectureSchema = z.enum(['amd64', 'arm64']);
export type Architecture = z.infer<typeof architectureSchema>;

const archiveSchema = z.strictObject({
  /** Beside the manifest. */
  file: z.string().regex(/^[\w.-]+\.tar$/),
  /** Of the image's manifest, as containerd shows it once the archive is imported. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

/** manifest.json, which the build writes next to the archives. */
export const imagesManifestSchema = z.strictObject({
  images: z.array(
    z.strictObject({
      reference: z.string().min(1),
      role: z.enum(['pause', 'sample']),
      archives: z.record(architectureSchema, archiveSchema),
    }),
  ),
});
export type ImagesManifest = z.infer<typeof imagesManifestSchema>;
