import type { User } from './user.ts';

/** A user, and the audiences among those asked for that the token is meant for. */
export interface Recognised {
  readonly user: User;
  readonly audiences: readonly string[];
}

/** A token of a known kind that is not, or no longer, good. Its message is for reviewers only, never for its bearer. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

/**
 * Recognises bearer tokens of one kind, meant for at least one of the audiences. Nothing when the token is of
 * another kind; throws `InvalidTokenError` when it is of this kind and not good.
 */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => Recognised | undefined | Promise<Recognised | undefined>;

/** All kinds of bearer tokens that the API server takes. */
export class BearerTokens {
  /** Who the API server itself is, to tokens. */
  readonly audiences: readonly string[];
  readonly #kinds: readonly TokenAuthenticator[];

  constructor(audiences: readonly string[], kinds: readonly TokenAuthenticator[]) {
    this.audiences = audiences;
    this.#kinds = kinds;
  }

  /** Whose token it is. Throws `InvalidTokenError` when it is nobody's. */
  async recognise(token: string, audiences = this.audiences): Promise<Recognised> {
    const reasons = ['invalid bearer token'];
    for (const recognise of this.#kinds) {
      try {
        const found = await recognise(token, audiences);
        if (found) return found;
      } catch (error) {
        if (!(error instanceof InvalidTokenError)) throw error;
        reasons.push(error.message);
      }
    }
    throw new InvalidTokenError(reasons.length === 1 ? reasons[0] : `[${reasons.join(', ')}]`);
  }
}

/** Makes tokens that name no audience stand for the API server's own. */
export function withAudiences(
  own: readonly string[],
  recognise: (token: string) => User | undefined,
): TokenAuthenticator {
  return (token, wanted) => {
    const audiences = own.filter((audience) => wanted.includes(audience));
    const user = audiences.length === 0 ? undefined : recognise(token);
    return user && { user, audiences };
  };
}
