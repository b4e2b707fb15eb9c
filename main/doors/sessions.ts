import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Links that were handed out and not used yet; the oldest is forgotten when there are more. */
const MAX_LINKS = 32;

/**
 * Who may talk to the browser's door. A one-time token is traded for a signed session cookie, which
 * stays good for as long as its key: with a kept key, also over a restart.
 */
export class Sessions {
  readonly #key: Uint8Array;
  readonly #tokens = new Set<string>();

  /** `key`: at least 32 secret bytes. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /** A token that opens one session, once. */
  newToken(): string {
    const token = randomBytes(24).toString('base64url');
    this.#tokens.add(token);
    if (this.#tokens.size > MAX_LINKS) this.#tokens.delete(this.#tokens.values().next().value!);
    return token;
  }

  /** The cookie's value in exchange for a token; nothing for a token that is unknown or was used. */
  redeem(token: string): string | undefined {
    const known = [...this.#tokens].find((candidate) => equal(candidate, token));
    if (known === undefined) return undefined;
    this.#tokens.delete(known);
    const id = randomBytes(18).toString('base64url');
    return `${id}.${this.#sign(id)}`;
  }

  accepts(cookie: string | undefined): boolean {
    const [id = '', signature = ''] = cookie?.split('.') ?? [];
    return id !== '' && equal(signature, this.#sign(id));
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#key).update(`session ${id}`).digest('base64url');
  }
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
