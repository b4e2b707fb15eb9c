import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { generateSshKeyPair, type SshKeyPair } from '../install/ssh-key.ts';
import { writeAtomically } from './files.ts';

/** The key pair by which the app logs in to a cluster's machines: made once, 0600. */
export async function openSshIdentity(directory: string): Promise<SshKeyPair> {
  const file = path.join(directory, 'id');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    return { privateKey: await readFile(file, 'utf8'), publicKey: (await readFile(`${file}.pub`, 'utf8')).trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const pair = generateSshKeyPair();
  // The public half last: a pair without it was given to no machine.
  await writeAtomically(file, pair.privateKey);
  await writeAtomically(`${file}.pub`, `${pair.publicKey}\n`);
  return pair;
}
