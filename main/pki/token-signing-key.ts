import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = 'sa.key';

/**
 * PEM (PKCS #8) of the P-256 key that signs tokens of service accounts: read from a directory, or made there,
 * 0600 in 0700. Throws when the file holds something else: a new key would end all tokens.
 */
export async function openTokenSigningKey(directory: string): Promise<string> {
  const file = path.join(directory, FILE);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined) {
    createPrivateKey(found);
    return found;
  }
  const made = newTokenSigningKey();
  await writeFile(`${file}.new`, made, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

export function newTokenSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
