import { ageText } from '#common/kube/duration.ts';
import { pathSegmentProblems } from '#common/kube/names.ts';
import { clusterRoleBindings, type ClusterRoleBinding } from '#common/kube/resources.ts';
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

/** A cluster role, given to someone everywhere. */
export const clusterRoleBindingKind: Kind<ClusterRoleBinding> = {
  resource: clusterRoleBindings,
  type: 'rbac.v1.ClusterRoleBinding',
  singular: 'clusterrolebinding',
  nameProblems: pathSegmentProblems,
  unconditionalUpdate: true,
  setDefaults: setBindingDefaults,
  prepareForCreate: (draft, context) => checkCreatedBinding('clusterrolebindings', draft, context),
  prepareForUpdate: (draft, old, context) => checkUpdatedBinding('clusterrolebindings', draft, old, context),
  validate: (draft) => bindingErrors(draft, false),
  validateUpdate: changedRoleErrors,
  columns: bindingColumns,
  cells: (object, now) => bindingCells(object, ageText(object.metadata.creationTimestamp, now)),
};
