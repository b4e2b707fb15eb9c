import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { compactVerify, decodeJwt, errors, exportJWK, SignJWT, type JWK } from 'jose';
import type { Clock } from '#common/base/clock.ts';
import { InvalidTokenError } from '../bearer-tokens.ts';
import { claimsSchema, type ServiceAccountClaims } from './claims.ts';

/** Who signs tokens, and the audience of those that are for the API server itself. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

const ALGORITHM = 'ES256';
/** Clocks of machines differ (go-jose's DefaultLeeway). */
const LEEWAY_SECONDS = 60;
/** Tokens whose signature is known to be good; checking one costs more than answering a GET. */
const REMEMBERED_TOKENS = 1000;

/** PEM. */
export interface TokenKeys {
  /** A P-256 key: what signs. */
  readonly signing: string;
  /** Public halves of what signed before: its tokens are good until they are over. */
  readonly earlier: readonly string[];
}

/** Signs the tokens of service accounts, and knows its own (JWT, RFC 7519). */
export class TokenIssuer {
  readonly #privateKey: KeyObject;
  readonly #keyId: string;
  /** By their ids, the signing one first. */
  readonly #publicKeys: ReadonlyMap<string, KeyObject>;
  readonly #clock: Clock;
  readonly #verified = new Map<string, ServiceAccountClaims>();

  constructor({ signing, earlier }: TokenKeys, clock: Clock) {
    this.#privateKey = createPrivateKey(signing);
    this.#publicKeys = new Map(
      [signing, ...earlier].map((pem): [string, KeyObject] => {
        const key = createPublicKey(pem);
        return [idOf(key), key];
      }),
    );
    [this.#keyId = ''] = this.#publicKeys.keys();
    this.#clock = clock;
  }

  async sign(claims: Omit<ServiceAccountClaims, 'iss'>): Promise<string> {
    return new SignJWT({ ...claims, iss: ISSUER })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#keyId })
      .sign(this.#privateKey);
  }

  /**
   * What a token of ours says, if its time is now. Nothing when someone else issued it, if anyone did;
   * throws `InvalidTokenError` when it only claims to be ours, or is over.
   */
  async verify(token: string): Promise<ServiceAccountClaims | undefined> {
    const claims = this.#verified.get(token) ?? (await this.#checkSignature(token));
    if (!claims) return undefined;
    const now = this.#clock.now() / 1000;
    if (now > claims.exp + LEEWAY_SECONDS) throw new InvalidTokenError('service account token has expired');
    if (now < claims.nbf - LEEWAY_SECONDS) throw new InvalidTokenError('service account token is not valid yet');
    return claims;
  }

  /** The public halves of all keys, as JWKS (RFC 7517). */
  async keySet(): Promise<{ readonly keys: readonly JWK[] }> {
    const keys = Array.from(this.#publicKeys, async ([kid, key]) => {
      return { use: 'sig', kid, alg: ALGORITHM, ...(await exportJWK(key)) };
    });
    return { keys: await Promise.all(keys) };
  }

  async #checkSignature(token: string): Promise<ServiceAccountClaims | undefined> {
    if (issuerOf(token) !== ISSUER) return undefined;
    const keyOf = ({ kid = this.#keyId }: { kid?: string }): KeyObject => {
      const key = this.#publicKeys.get(kid);
      if (!key) throw new errors.JWSSignatureVerificationFailed();
      return key;
    };
    try {
      const { payload } = await compactVerify(token, keyOf, { algorithms: [ALGORITHM] });
      const claims = claimsSchema.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
      this.#remember(token, claims);
      return claims;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) throw new InvalidTokenError('invalid signature');
      throw new InvalidTokenError('service account token claims could not be validated', { cause: error });
    }
  }

  #remember(token: string, claims: ServiceAccountClaims): void {
    this.#verified.set(token, claims);
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > REMEMBERED_TOKENS && oldest !== undefined) this.#verified.delete(oldest);
  }
}

function idOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
