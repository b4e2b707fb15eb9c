import { createPrivateKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isAborted } from '#common/base/abort.ts';
import { assert } from '#common/base/assert.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import { Backoff } from '#common/client/backoff.ts';
import type { Client } from '#common/client/client.ts';
import { StatusError } from '#common/kube/status-error.ts';
import type { AgentContext } from '../base/context.ts';
import { readFileIfPresent, writeFileAtomically } from '../base/files.ts';
import {
  certificateProblem,
  keyAndCertificate,
  readKeyAndCertificate,
  writeKeyAndCertificate,
  type KeyAndCertificate,
} from './key-and-certificate.ts';
import { obtainCertificate, type CertificateProfile } from './signing.ts';

export interface CertificateKeeperOptions {
  /** Where the key and the certificate lie, mode 0600. */
  readonly file: string;
  readonly profile: CertificateProfile;
  readonly authorities: readonly X509Certificate[];
  readonly context: AgentContext;
}

// Timers end at 2^31 ms and stand still while a machine sleeps: long waits look at the clock in between.
const LONGEST_SLEEP_MS = 3_600_000;

/** Keeps one certificate of the node usable: asks for it, stores it, and renews it before it expires. */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions;
  readonly #listeners = new Set<() => void>();
  #current: KeyAndCertificate | undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = {
      ...options,
      context: { ...options.context, log: options.context.log.with({ file: options.file }) },
    };
  }

  get current(): KeyAndCertificate {
    assert(this.#current, 'the certificate is used before it was obtained');
    return this.#current;
  }

  onRenewed(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Takes the stored certificate into use; false when there is none that is usable. */
  async load(): Promise<boolean> {
    const { file, profile, authorities, context } = this.#options;
    const stored = await readKeyAndCertificate(file);
    if (!stored) return false;
    const problem = certificateProblem(stored, profile.subject, authorities, context.clock.now());
    if (problem !== undefined) {
      context.log.warn('the stored certificate is not usable', { problem });
      return false;
    }
    this.#current = stored;
    return true;
  }

  /** Asks until there is a certificate, and takes it into use. */
  async obtain(client: Client, signal: AbortSignal): Promise<void> {
    const { context } = this.#options;
    const backoff = new Backoff({ firstMs: 500, maximumMs: 10_000, jitter: 0.3 }, context.random);
    for (;;) {
      try {
        await this.#obtainOnce(client, signal);
        return;
      } catch (error) {
        if (isAborted(signal) || isRefusal(error)) throw error;
        const delay = backoff.nextMs();
        context.log.warn('no certificate yet', { error: describeError(error), retryInMs: Math.round(delay) });
        await sleep(context.clock, delay, signal);
      }
    }
  }

  /** Renews the certificate when 70 to 90 percent of its life are over, again and again. */
  async keepRenewed(client: Client, signal: AbortSignal): Promise<void> {
    const { context } = this.#options;
    for (;;) {
      const { notBefore, notAfter } = this.current;
      const due = notBefore + (notAfter - notBefore) * (0.7 + 0.2 * context.random.next());
      for (let left = due - context.clock.now(); left > 0; left = due - context.clock.now()) {
        await sleep(context.clock, Math.min(left, LONGEST_SLEEP_MS), signal);
      }
      await this.obtain(client, signal);
      for (const listener of this.#listeners) listener();
    }
  }

  async #obtainOnce(client: Client, signal: AbortSignal): Promise<void> {
    const { file, profile, authorities, context } = this.#options;
    const pending = `${file}.key`;
    const key = await pendingKey(pending);
    try {
      const cert = await obtainCertificate(client, profile, key, context, signal);
      const pair = keyAndCertificate(key.export({ type: 'pkcs8', format: 'pem' }) as string, cert);
      const problem = certificateProblem(pair, profile.subject, authorities, context.clock.now());
      if (problem !== undefined) throw new Error(`The certificate that was signed ${problem}`);
      await writeKeyAndCertificate(file, pair);
      this.#current = pair;
      context.log.info('certificate obtained', { expires: new Date(pair.notAfter).toISOString() });
    } catch (error) {
      // A refused or unfit request would be found again under the same key.
      if (!isAborted(signal) && !(error instanceof StatusError)) await rm(pending, { force: true });
      throw error;
    }
    await rm(pending, { force: true });
  }
}

/** The key of a request that may have been sent before an interruption, or a new one. */
async function pendingKey(file: string): Promise<KeyObject> {
  const stored = await readFileIfPresent(file);
  if (stored !== undefined) {
    try {
      return createPrivateKey(stored);
    } catch {
      // Cut off while it was written: a new one takes its place.
    }
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFileAtomically(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  return privateKey;
}

/** The credentials themselves are wrong: asking again with them changes nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof StatusError && (error.code === 401 || error.code === 403);
}
