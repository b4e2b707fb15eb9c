import type { IResourceRule } from 'kubernetes-models/authorization.k8s.io/v1/ResourceRule';
import type { INonResourceRule } from 'kubernetes-models/authorization.k8s.io/v1/NonResourceRule';
import { selfSubjectRulesReviews, type SelfSubjectRulesReview } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Kind } from '../../kind.ts';

/** What may I do in a namespace? As far as it can be listed. */
export const selfSubjectRulesReviewKind: Kind<SelfSubjectRulesReview> = {
  resource: selfSubjectRulesReviews,
  type: 'authorization.v1.SelfSubjectRulesReview',
  singular: 'selfsubjectrulesreview',
  nameProblems: () => [],
  columns: [],
  cells: () => [],
  review(draft, { api, user }) {
    const { namespace = '' } = draft.spec;
    if (namespace === '') throw statusError.badRequest('no namespace on request');
    const { rules, errors } = api.authorizer.rulesFor(user, namespace);
    const resourceRules = rules
      .filter(({ resources = [] }) => resources.length > 0)
      .map(({ verbs, apiGroups = [], resources = [], resourceNames = [] }): IResourceRule => ({
        verbs: [...verbs],
        apiGroups: [...apiGroups],
        resources: [...resources],
        ...(resourceNames.length === 0 ? {} : { resourceNames: [...resourceNames] }),
      }));
    const nonResourceRules = rules
      .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs = [] }): INonResourceRule => ({
        verbs: [...verbs],
        nonResourceURLs: [...nonResourceURLs],
      }));
    const incomplete = errors.length > 0;
    return {
      ...draft,
      status: {
        resourceRules,
        nonResourceRules,
        incomplete,
        ...(incomplete ? { evaluationError: errors.join(', ') } : {}),
      },
    };
  },
};
