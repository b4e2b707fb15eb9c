import { pathSegmentProblems } from '#common/kube/names.ts';
import { roles, type Role } from '#common/kube/resources.ts';
import { checkRoleEscalation } from '../../authorization/rbac/escalation.ts';
import { CREATED_AT_COLUMN, NAME_COLUMN, type Draft, type Kind, type WriteContext } from '../../kind.ts';
import { changesOnlyCollectionFields } from './only-collection-fields.ts';
import { ruleErrors } from './rules.ts';

/** Rights within a namespace, to be bound to someone. */
export const roleKind: Kind<Role> = {
  resource: roles,
  type: 'rbac.v1.Role',
  singular: 'role',
  nameProblems: pathSegmentProblems,
  unconditionalUpdate: true,
  prepareForCreate: (draft, context) => check(draft, context, true),
  prepareForUpdate(draft, old, context) {
    if (!changesOnlyCollectionFields(draft, old)) check(draft, context, false);
  },
  validate: (draft) => ruleErrors(draft.rules ?? [], true),
  columns: [NAME_COLUMN, CREATED_AT_COLUMN],
  cells: (object) => [object.metadata.name, object.metadata.creationTimestamp],
};

function check(draft: Draft<Role>, context: WriteContext, created: boolean): void {
  const { name = '' } = draft.metadata;
  checkRoleEscalation({ plural: 'roles', name, rules: draft.rules ?? [], aggregated: false, created }, context);
}
