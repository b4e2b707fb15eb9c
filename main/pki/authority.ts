import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { signCertificate, type CertificateContent } from './certificate.ts';

export interface KeyAndCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export type Issue = Omit<CertificateContent, 'notBefore' | 'notAfter'> & { readonly lifetimeMs: number };

const DAY_MS = 86_400_000;
export const YEAR_MS = 365 * DAY_MS;
const AUTHORITY_LIFETIME_MS = 10 * YEAR_MS;
/** Clocks of machines differ: a new certificate is already valid a little before now. */
const CLOCK_SLACK_MS = 300_000;

/** The certificate authority of one cluster: everything that trusts the cluster trusts this. */
export class CertificateAuthority {
  /** PEM of the authority's own certificate. */
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #commonName: string;
  readonly #clock: Clock;
  readonly #random: Random;

  private constructor(commonName: string, own: KeyAndCertificate, clock: Clock, random: Random) {
    this.cert = own.cert;
    this.#key = createPrivateKey(own.key);
    this.#commonName = commonName;
    this.#clock = clock;
    this.#random = random;
  }

  /** Reads ca.crt and ca.key of a directory, or makes them there: 0600 in 0700. */
  static async open(
    directory: string,
    commonName: string,
    clock: Clock,
    random: Random,
  ): Promise<CertificateAuthority> {
    const files = { cert: path.join(directory, 'ca.crt'), key: path.join(directory, 'ca.key') };
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await readPair(files.cert, files.key);
    if (found) return new CertificateAuthority(commonName, found, clock, random);
    const made = selfSigned(commonName, clock, random);
    // The certificate last: an authority without it was never used.
    await writeFile(files.key, made.key, { mode: 0o600 });
    await writeFile(files.cert, made.cert, { mode: 0o600 });
    return new CertificateAuthority(commonName, made, clock, random);
  }

  /** Certifies a key that someone else holds. */
  sign({ lifetimeMs, ...content }: Issue): string {
    const now = this.#clock.now();
    return signCertificate(
      { ...content, notBefore: new Date(now - CLOCK_SLACK_MS), notAfter: new Date(now + lifetimeMs) },
      { commonName: this.#commonName, privateKey: this.#key },
      Buffer.from(this.#random.bytes(16)),
    );
  }

  /** Makes a key and certifies it. */
  issue(request: Omit<Issue, 'publicKey'>): KeyAndCertificate {
    const key = newKey();
    return { cert: this.sign({ ...request, publicKey: publicDer(key) }), key: privatePem(key) };
  }
}

function selfSigned(commonName: string, clock: Clock, random: Random): KeyAndCertificate {
  const key = newKey();
  const now = clock.now();
  const cert = signCertificate(
    {
      commonName,
      publicKey: publicDer(key),
      usage: 'authority',
      notBefore: new Date(now - CLOCK_SLACK_MS),
      notAfter: new Date(now + AUTHORITY_LIFETIME_MS),
    },
    { commonName, privateKey: key },
    Buffer.from(random.bytes(16)),
  );
  return { cert, key: privatePem(key) };
}

async function readPair(certFile: string, keyFile: string): Promise<KeyAndCertificate | undefined> {
  const read = async (file: string): Promise<string | undefined> =>
    readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
  const [cert, key] = [await read(certFile), await read(keyFile)];
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

function publicDer(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function privatePem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
