import { createHash } from 'node:crypto';

/** A public key line in short, as ssh-keygen(1) prints it: `SHA256:...`. */
export function fingerprint(publicKey: string): string {
  const [, blob = ''] = publicKey.trim().split(/\s+/);
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
