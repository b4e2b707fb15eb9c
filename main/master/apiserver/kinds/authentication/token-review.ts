import { tokenReviews, type TokenReview } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { InvalidTokenError } from '../../authentication/bearer-tokens.ts';
import { userInfo } from '../../authentication/user.ts';
import type { Api } from '../../api.ts';
import type { Kind } from '../../kind.ts';

/** Whose token is this: how other servers let ours recognise their clients. */
export const tokenReviewKind: Kind<TokenReview> = {
  resource: tokenReviews,
  type: 'authentication.v1.TokenReview',
  singular: 'tokenreview',
  nameProblems: () => [],
  async review(draft, { api }) {
    const { token, audiences = [] } = draft.spec;
    if (!token) throw statusError.badRequest('token is required for TokenReview in authentication');
    return { ...draft, status: await reviewed(api, token, audiences) };
  },
  columns: [],
  cells: () => [],
};

async function reviewed(
  { tokens }: Api,
  token: string,
  audiences: readonly string[],
): Promise<NonNullable<TokenReview['status']>> {
  try {
    const found = await tokens.recognise(token, audiences.length > 0 ? audiences : undefined);
    return { authenticated: true, user: userInfo(found.user), audiences: [...found.audiences] };
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    return { user: {}, error: error.message };
  }
}
