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

/** Signs the tokens of service accounts, and knows its own (JWT, RFC 7519). */
export class TokenIssuer {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;
  readonly #clock: Clock;
  readonly #verified = new Map<string, ServiceAccountClaims>();

  /** `signingKey` is the PEM of a P-256 key. */
  constructor(signingKey: string, clock: Clock) {
    this.#privateKey = createPrivateKey(signingKey);
    this.#publicKey = createPublicKey(this.#privateKey);
    const der = this.#publicKey.export({ type: 'spki', format: 'der' });
    this.#keyId = createHash('sha256').update(der).digest('base64url');
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

  /** The public half of the signing key, as JWKS (RFC 7517). */
  async keySet(): Promise<{ readonly keys: readonly JWK[] }> {
    const jwk = await exportJWK(this.#publicKey);
    return { keys: [{ use: 'sig', kid: this.#keyId, alg: ALGORITHM, ...jwk }] };
  }

  async #checkSignature(token: string): Promise<ServiceAccountClaims | undefined> {
    if (issuerOf(token) !== ISSUER) return undefined;
    try {
      const { payload } = await compactVerify(token, this.#publicKey, { algorithms: [ALGORITHM] });
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

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
