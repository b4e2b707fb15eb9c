import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '#common/base/random.ts';
import { UnreadableValueError } from '../store.ts';

/** A key that values are encrypted with. Whoever loses it loses the values. */
export interface EncryptionKey {
  /** Stands before each value, in the clear: no colon. */
  readonly name: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export const SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Upstream's mark of encrypted values; what is not encrypted is JSON and begins with a brace. */
const MARK = Buffer.from('k8s:enc:');
const PREFIX = 'k8s:enc:aesgcm:v1:';

/**
 * AES-256-GCM as upstream's `aesgcm` provider lays it out: prefix, name of the key, nonce, ciphertext, tag.
 * A value can only be opened under the store's key that it was sealed for. The first encryption key seals,
 * all open. (kubernetes.io/docs/tasks/administer-cluster/encrypt-data)
 */
export class ValueCipher {
  readonly #random: Random;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #first: EncryptionKey;
  readonly #firstPrefix: Buffer;

  /** `random` must be a cryptographic one: nonces come from it. */
  constructor(keys: readonly EncryptionKey[], random: Random) {
    const [first] = keys;
    if (!first) throw new Error('There is no encryption key');
    this.#random = random;
    this.#keys = new Map(keys.map(({ name, secret }) => [name, secret]));
    this.#first = first;
    this.#firstPrefix = Buffer.from(`${PREFIX}${first.name}:`);
  }

  seal(key: string, value: Buffer): Buffer {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#first.secret, nonce).setAAD(Buffer.from(key));
    return Buffer.concat([this.#firstPrefix, nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  }

  /** Values from before there was encryption are read as they are. Throws `UnreadableValueError`. */
  open(key: string, sealed: Buffer): Buffer {
    if (!startsWith(sealed, MARK)) return sealed;
    const nameEnd = sealed.indexOf(':', PREFIX.length);
    if (nameEnd < 0 || !startsWith(sealed, Buffer.from(PREFIX))) {
      throw new UnreadableValueError(key, 'it is encrypted in a way that is not known here');
    }
    const name = sealed.toString('utf8', PREFIX.length, nameEnd);
    const secret = this.#keys.get(name);
    if (!secret) throw new UnreadableValueError(key, `the encryption key "${name}" is missing`);
    const nonceEnd = nameEnd + 1 + NONCE_BYTES;
    const tagStart = sealed.length - TAG_BYTES;
    if (tagStart < nonceEnd) throw new UnreadableValueError(key, 'the value is cut off');
    try {
      const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(nameEnd + 1, nonceEnd))
        .setAAD(Buffer.from(key))
        .setAuthTag(sealed.subarray(tagStart));
      return Buffer.concat([decipher.update(sealed.subarray(nonceEnd, tagStart)), decipher.final()]);
    } catch {
      throw new UnreadableValueError(key, `the value is not what was encrypted with the key "${name}"`);
    }
  }

  /** Whether the value is sealed by the first of the keys. */
  isCurrent(sealed: Buffer): boolean {
    return startsWith(sealed, this.#firstPrefix);
  }
}

function startsWith(value: Buffer, prefix: Buffer): boolean {
  return value.subarray(0, prefix.length).equals(prefix);
}
