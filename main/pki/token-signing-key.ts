import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import { YEAR_MS } from './authority.ts';

const SIGNING = 'sa.key';
/** Of keys that signed before; named by the key, so that one is never there twice. */
const EARLIER = /^sa-[\w-]+\.pub$/;
const SIGNS_FOR_MS = YEAR_MS;

/** What signs tokens of service accounts, and what is known of those that were signed before. PEM. */
export interface TokenKeys {
  /** A P-256 key (PKCS #8). */
  readonly signing: string;
  /**
   * Public halves (SPKI) of keys that signed before. They are kept for good: a token may be asked for that lives
   * for many years, and who holds no more than these can sign nothing.
   */
  readonly earlier: readonly string[];
}

/**
 * The keys of a directory, made there at first, 0600 in 0700. A signing key that is more than a year old makes way
 * for another. Throws when a file holds something else: a new key in its place would end all tokens.
 */
export async function openTokenKeys(directory: string, clock: Clock): Promise<TokenKeys> {
  const file = path.join(directory, SIGNING);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await readSigning(file);
  if (!found || clock.now() - found.since < SIGNS_FOR_MS) {
    return { signing: found?.pem ?? (await makeSigning(file, clock)), earlier: await readEarlier(directory) };
  }
  // First of all: from here on tokens of the old key are good, whatever happens in between.
  await writeWhole(path.join(directory, `sa-${keyId(found.pem)}.pub`), publicHalf(found.pem));
  return { signing: await makeSigning(file, clock), earlier: await readEarlier(directory) };
}

export function newTokenSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function readSigning(file: string): Promise<{ readonly pem: string; readonly since: number } | undefined> {
  try {
    const [pem, { mtimeMs: since }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    createPrivateKey(pem);
    return { pem, since };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readEarlier(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => EARLIER.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const pem = await readFile(path.join(directory, name), 'utf8');
      createPublicKey(pem);
      return pem;
    }),
  );
}

async function makeSigning(file: string, clock: Clock): Promise<string> {
  const made = newTokenSigningKey();
  await writeWhole(file, made);
  // From this its age is told.
  const now = new Date(clock.now());
  await utimes(file, now, now);
  return made;
}

async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function publicHalf(signing: string): string {
  return createPublicKey(signing).export({ type: 'spki', format: 'pem' }).toString();
}

function keyId(signing: string): string {
  const key: KeyObject = createPublicKey(signing);
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}
