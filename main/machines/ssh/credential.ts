import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import { AppError } from '#common/base/app-error.ts';
import type { Host, HostSecrets } from '#common/contract/host.ts';
import type { SshCredential } from '../../install/ssh-handshake.ts';

/**
 * By what the user logs in to the host. Fails with `ssh-key-unreadable`, `ssh-passphrase-needed` or
 * `ssh-agent-missing`.
 */
export async function readCredential(
  { keyFile }: Host,
  { passphrase }: HostSecrets,
  agentSocket: string | undefined,
): Promise<SshCredential> {
  if (keyFile === undefined) {
    if (agentSocket === undefined || agentSocket === '') throw new AppError('ssh-agent-missing');
    return { agent: agentSocket };
  }
  const text = await readFile(keyFile, 'utf8').catch((error: unknown) => {
    throw unreadable(keyFile, error);
  });
  const key = ssh2.utils.parseKey(text, passphrase);
  if (key instanceof Error && isEncrypted(text)) {
    throw new AppError('ssh-passphrase-needed', { params: { file: keyFile }, cause: key });
  }
  if (key instanceof Error) throw unreadable(keyFile, key);
  if (!key.isPrivateKey()) throw unreadable(keyFile, new Error('it is the public half'));
  return { privateKey: text, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** What is told of the credential: never more than where it is from. */
export function describeCredential({ keyFile }: Host): string {
  return keyFile ?? 'the SSH agent';
}

function unreadable(file: string, error: unknown): AppError {
  const known = error instanceof Error ? error : new Error(String(error));
  const reason = 'code' in known && typeof known.code === 'string' ? known.code : known.message;
  return new AppError('ssh-key-unreadable', { params: { file, reason }, cause: error });
}

/** RFC 1421 and PKCS #8 say it in words, PuTTY in a field, OpenSSH by the first name in its bytes (PROTOCOL.key). */
export function isEncrypted(text: string): boolean {
  if (/^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(text)) return true;
  const putty = /^Encryption: (\S+)/m.exec(text)?.[1];
  if (putty !== undefined) return putty !== 'none';
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, 'base64');
  const start = 'openssh-key-v1\0'.length;
  if (bytes.length < start + 8) return false;
  return bytes.toString('latin1', start + 4, start + 4 + bytes.readUInt32BE(start)) !== 'none';
}
