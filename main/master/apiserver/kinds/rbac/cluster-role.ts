import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { pathSegmentProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { clusterRoles, type ClusterRole } from '#common/kube/resources.ts';
import { checkRoleEscalation } from '../../authorization/rbac/escalation.ts';
import { CREATED_AT_COLUMN, NAME_COLUMN, type Draft, type Kind, type WriteContext } from '../../kind.ts';
import { changesOnlyCollectionFields } from './only-collection-fields.ts';
import { ruleErrors } from './rules.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Rights everywhere, or wherever they are bound; an aggregated one sums up others. */
export const clusterRoleKind: Kind<ClusterRole> = {
  resource: clusterRoles,
  type: 'rbac.v1.ClusterRole',
  singular: 'clusterrole',
  nameProblems: pathSegmentProblems,
  unconditionalUpdate: true,
  prepareForCreate: (draft, context) => check(draft, undefined, context),
  prepareForUpdate(draft, old, context) {
    if (!changesOnlyCollectionFields(draft, old)) check(draft, old, context);
  },
  validate: (draft) => [...ruleErrors(draft.rules ?? [], false), ...aggregationErrors(draft)],
  columns: [NAME_COLUMN, CREATED_AT_COLUMN],
  cells: (object) => [object.metadata.name, object.metadata.creationTimestamp],
};

function check(draft: Draft<ClusterRole>, old: Stored<ClusterRole> | undefined, context: WriteContext): void {
  const isAggregated = ({ aggregationRule }: Draft<ClusterRole> | Stored<ClusterRole>): boolean =>
    (aggregationRule?.clusterRoleSelectors ?? []).length > 0;
  checkRoleEscalation(
    {
      plural: 'clusterroles',
      name: draft.metadata.name ?? '',
      rules: draft.rules ?? [],
      aggregated: isAggregated(draft) || (old !== undefined && isAggregated(old)),
      created: !old,
    },
    context,
  );
}

function aggregationErrors({ aggregationRule }: Draft<ClusterRole>): FieldError[] {
  if (!aggregationRule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const { clusterRoleSelectors: selectors = [] } = aggregationRule;
  if (selectors.length === 0) {
    return [fieldError.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap(({ matchExpressions = [] }, index) =>
    matchExpressions.flatMap(({ operator, values = [] }, at): FieldError[] => {
      const where = `${path}[${index}].matchExpressions[${at}]`;
      if (!OPERATORS.includes(operator)) {
        return [fieldError.invalid(`${where}.operator`, operator, 'not a valid selector operator')];
      }
      const takesValues = operator === 'In' || operator === 'NotIn';
      if (takesValues && values.length === 0) {
        return [fieldError.required(`${where}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
      }
      if (!takesValues && values.length > 0) {
        return [
          fieldError.forbidden(`${where}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        ];
      }
      return [];
    }),
  );
}
