import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import type { Random } from '#common/base/random.ts';
import { SECRET_BYTES, type EncryptionKey } from '../master/store/encryption/value-cipher.ts';
import { readJsonFile, writeAtomically } from './files.ts';

/** The first key encrypts, all decrypt: to rotate, put a new one first, start the master, drop the others. */
const fileSchema = z.object({
  keys: z
    .array(
      z.object({
        name: z.string().regex(/^[^:\s]+$/),
        /** Base64. */
        secret: z.base64().transform((text) => Buffer.from(text, 'base64')),
      }),
    )
    .min(1)
    .refine((keys) => keys.every(({ secret }) => secret.length === SECRET_BYTES), 'a secret has 32 bytes')
    .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, 'a name is used twice'),
});

/** The keys that a data directory holds for itself (0600), made when there are none yet. */
export async function readEncryptionKeys(directory: string, random: Random): Promise<readonly EncryptionKey[]> {
  const file = path.join(directory, 'encryption-keys.json');
  const found = await readJsonFile(file, fileSchema).catch((cause: unknown) => {
    throw new AppError('encryption-keys-unreadable', { params: { path: file, message: describeFault(cause) }, cause });
  });
  if (found) return found.keys;
  const made = { name: `key-${Buffer.from(random.bytes(4)).toString('hex')}`, secret: random.bytes(SECRET_BYTES) };
  const secret = Buffer.from(made.secret).toString('base64');
  await writeAtomically(file, `${JSON.stringify({ keys: [{ name: made.name, secret }] }, undefined, 2)}\n`);
  return [made];
}

/** What the parser says of JSON quotes it, and a secret with it. */
function describeFault(cause: unknown): string {
  if (cause instanceof z.ZodError) return cause.issues.map(({ message }) => message).join('; ');
  if (cause instanceof SyntaxError) return 'it is not JSON';
  return cause instanceof Error ? cause.message : String(cause);
}
