import { ageText } from '#common/kube/duration.ts';
import { pathSegmentProblems } from '#common/kube/names.ts';
import { roleBindings, type RoleBinding } from '#common/kube/resources.ts';
import type { Kind } from '../../kind.ts';
import {
  bindingCells,
  bindingColumns,
  bindingErrors,
  changedRoleErrors,
  checkCreatedBinding,
  checkUpdatedBinding,
  setBindingDefaults,
} from './binding.ts';

/** A role, or a cluster role, given to someone within a namespace. */
export const roleBindingKind: Kind<RoleBinding> = {
  resource: roleBindings,
  type: 'rbac.v1.RoleBinding',
  singular: 'rolebinding',
  nameProblems: pathSegmentProblems,
  unconditionalUpdate: true,
  setDefaults: setBindingDefaults,
  prepareForCreate: (draft, context) => checkCreatedBinding('rolebindings', draft, context),
  prepareForUpdate: (draft, old, context) => checkUpdatedBinding('rolebindings', draft, old, context),
  validate: (draft) => bindingErrors(draft, true),
  validateUpdate: changedRoleErrors,
  columns: bindingColumns,
  cells: (object, now) => bindingCells(object, ageText(object.metadata.creationTimestamp, now)),
};
