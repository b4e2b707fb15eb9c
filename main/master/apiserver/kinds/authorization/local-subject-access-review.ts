import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { localSubjectAccessReviews, type LocalSubjectAccessReview } from '#common/kube/resources.ts';
import type { Draft, Kind } from '../../kind.ts';
import { answerTo, askedErrors, metadataErrors, refuseErrors, subjectErrors, subjectOf } from './access-review.ts';

/** May someone do this in the namespace? For those who administer no more than that. */
export const localSubjectAccessReviewKind: Kind<LocalSubjectAccessReview> = {
  resource: localSubjectAccessReviews,
  type: 'authorization.v1.LocalSubjectAccessReview',
  singular: 'localsubjectaccessreview',
  nameProblems: () => [],
  columns: [],
  cells: () => [],
  review(draft, context) {
    const { spec } = draft;
    refuseErrors(localSubjectAccessReviews, [
      ...askedErrors(spec),
      ...subjectErrors(spec),
      ...metadataErrors(draft),
      ...scopeErrors(draft),
    ]);
    return { ...draft, status: answerTo(spec, subjectOf(spec), context) };
  },
};

function scopeErrors({ spec, metadata }: Draft<LocalSubjectAccessReview>): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors: FieldError[] = [];
  if (resourceAttributes && (resourceAttributes.namespace ?? '') !== metadata.namespace) {
    errors.push(
      fieldError.invalid(
        'spec.resourceAttributes.namespace',
        resourceAttributes.namespace ?? '',
        'must match metadata.namespace',
      ),
    );
  }
  if (nonResourceAttributes) {
    errors.push(
      fieldError.invalid('spec.nonResourceAttributes', nonResourceAttributes, 'disallowed on this kind of request'),
    );
  }
  return errors;
}
