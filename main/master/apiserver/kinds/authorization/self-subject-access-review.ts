import { selfSubjectAccessReviews, type SelfSubjectAccessReview } from '#common/kube/resources.ts';
import type { Kind } from '../../kind.ts';
import { answerTo, askedErrors, metadataErrors, refuseErrors } from './access-review.ts';

/** May I do this? */
export const selfSubjectAccessReviewKind: Kind<SelfSubjectAccessReview> = {
  resource: selfSubjectAccessReviews,
  type: 'authorization.v1.SelfSubjectAccessReview',
  singular: 'selfsubjectaccessreview',
  nameProblems: () => [],
  columns: [],
  cells: () => [],
  review(draft, context) {
    refuseErrors(selfSubjectAccessReviews, [...askedErrors(draft.spec), ...metadataErrors(draft)]);
    return { ...draft, status: answerTo(draft.spec, context.user, context) };
  },
};
