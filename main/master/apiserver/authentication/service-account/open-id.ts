import { ISSUER, type TokenIssuer } from './token-issuer.ts';

const OPEN_ID_CONFIGURATION = '/.well-known/openid-configuration';
const KEY_SET = '/openid/v1/jwks';

/** A document by which others learn to check our tokens (OpenID Connect Discovery 1.0). */
export interface OpenIdDocument {
  readonly type: string;
  readonly body: unknown;
}

/** The document of a path; nothing when it is another's. */
export async function openIdDocument(issuer: TokenIssuer, path: string): Promise<OpenIdDocument | undefined> {
  switch (path) {
    case OPEN_ID_CONFIGURATION:
      return {
        type: 'application/json',
        body: {
          issuer: ISSUER,
          jwks_uri: `${ISSUER}${KEY_SET}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [...new Set((await issuer.keySet()).keys.map(({ alg }) => alg))],
        },
      };
    case KEY_SET:
      return { type: 'application/jwk-set+json', body: await issuer.keySet() };
    default:
      return undefined;
  }
}
