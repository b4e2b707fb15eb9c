import { subjectAccessReviews, type SubjectAccessReview } from '#common/kube/resources.ts';
import type { Kind } from '../../kind.ts';
import { answerTo, askedErrors, metadataErrors, refuseErrors, subjectErrors, subjectOf } from './access-review.ts';

/** May someone do this? For those who decide on behalf of the cluster. */
export const subjectAccessReviewKind: Kind<SubjectAccessReview> = {
  resource: subjectAccessReviews,
  type: 'authorization.v1.SubjectAccessReview',
  singular: 'subjectaccessreview',
  nameProblems: () => [],
  columns: [],
  cells: () => [],
  review(draft, context) {
    const { spec } = draft;
    refuseErrors(subjectAccessReviews, [...askedErrors(spec), ...subjectErrors(spec), ...metadataErrors(draft)]);
    return { ...draft, status: answerTo(spec, subjectOf(spec), context) };
  },
};
