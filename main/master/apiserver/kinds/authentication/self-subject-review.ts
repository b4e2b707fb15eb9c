import { selfSubjectReviews, type SelfSubjectReview } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';
import { userInfo } from '../../authentication/user.ts';
import type { Kind } from '../../kind.ts';

/** Who am I, to this server (KEP-3325). */
export const selfSubjectReviewKind: Kind<SelfSubjectReview> = {
  resource: selfSubjectReviews,
  type: 'authentication.v1.SelfSubjectReview',
  singular: 'selfsubjectreview',
  nameProblems: () => [],
  review: ({ metadata, ...type }, { api, user }) => ({
    ...type,
    metadata: { ...metadata, creationTimestamp: timeText(api.clock.now()) },
    status: { userInfo: userInfo(user) },
  }),
  columns: [],
  cells: () => [],
};

/** As kubectl before 1.28 asks. */
export const selfSubjectReviewBetaKind: Kind<SelfSubjectReview> = {
  ...selfSubjectReviewKind,
  resource: { ...selfSubjectReviews, version: 'v1beta1' },
};
