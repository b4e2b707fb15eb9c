import { parse } from 'yaml';
import { z } from 'zod';
import { CommandFailure } from './command-failure.ts';

/** Of cloud-init's configuration what the stand-in's machines apply. */
export const cloudConfigSchema = z.object({
  hostname: z.string().optional(),
  disable_root: z.boolean().default(true),
  ssh_authorized_keys: z.array(z.string()).default([]),
  ssh_keys: z.object({ ecdsa_private: z.string(), ecdsa_public: z.string() }).partial().default({}),
  write_files: z
    .array(z.object({ path: z.string(), content: z.string(), permissions: z.string().default('0644') }))
    .default([]),
  runcmd: z.array(z.union([z.string(), z.array(z.string())])).default([]),
});
export type CloudConfig = z.infer<typeof cloudConfigSchema>;

/** As the client reads it: YAML with a mapping at the top, whatever is in it. */
export function parseCloudConfig(text: string): CloudConfig {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new CommandFailure(1, `error loading cloud-init config: ${String(error)}`, 'plain');
  }
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new CommandFailure(1, 'error loading cloud-init config: not a mapping', 'plain');
  }
  return cloudConfigSchema.parse(value ?? {});
}
