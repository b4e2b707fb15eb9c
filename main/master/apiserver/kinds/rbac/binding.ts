import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems, pathSegmentProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import type { ClusterRoleBinding, RoleBinding } from '#common/kube/resources.ts';
import { checkBindingEscalation } from '../../authorization/rbac/escalation.ts';
import { sameJson } from '../../handlers/write-object.ts';
import { AGE_COLUMN, NAME_COLUMN, type Cell, type Column, type Draft, type WriteContext } from '../../kind.ts';
import { changesOnlyCollectionFields } from './only-collection-fields.ts';

/** What RoleBindings and ClusterRoleBindings have in common (pkg/apis/rbac). */
type Binding = RoleBinding | ClusterRoleBinding;
type Subject = NonNullable<Binding['subjects']>[number];

const GROUP = 'rbac.authorization.k8s.io';

export function setBindingDefaults(draft: Draft<Binding>): void {
  draft.roleRef.apiGroup ||= GROUP;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

export function checkCreatedBinding(
  plural: 'rolebindings' | 'clusterrolebindings',
  { metadata, roleRef }: Draft<Binding>,
  context: WriteContext,
): void {
  checkBindingEscalation({ plural, name: metadata.name ?? '', roleRef }, context);
}

export function checkUpdatedBinding<T extends Binding>(
  plural: 'rolebindings' | 'clusterrolebindings',
  draft: Draft<T>,
  old: Stored<T>,
  context: WriteContext,
): void {
  if (!changesOnlyCollectionFields(draft, old)) checkCreatedBinding(plural, draft, context);
}

export function bindingErrors(draft: Draft<Binding>, namespaced: boolean): FieldError[] {
  const { apiGroup, kind, name } = draft.roleRef;
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const errors: FieldError[] = [];
  if (apiGroup !== GROUP) errors.push(fieldError.notSupported('roleRef.apiGroup', apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(fieldError.notSupported('roleRef.kind', kind, kinds));
  if (name === '') errors.push(fieldError.required('roleRef.name'));
  for (const problem of pathSegmentProblems(name)) errors.push(fieldError.invalid('roleRef.name', name, problem));
  for (const [index, subject] of (draft.subjects ?? []).entries()) {
    errors.push(...subjectErrors(subject, namespaced, `subjects[${index}]`));
  }
  return errors;
}

export function changedRoleErrors(draft: Draft<Binding>, old: Stored<Binding>): FieldError[] {
  return sameJson(draft.roleRef, old.roleRef)
    ? []
    : [fieldError.invalid('roleRef', draft.roleRef, 'cannot change roleRef')];
}

function subjectErrors(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, namespace = '', apiGroup = '' } = subject;
  const errors: FieldError[] = name === '' ? [fieldError.required(`${path}.name`)] : [];
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') {
        for (const problem of dnsSubdomainProblems(name))
          errors.push(fieldError.invalid(`${path}.name`, name, problem));
      }
      if (apiGroup !== '') errors.push(fieldError.notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && namespace === '') errors.push(fieldError.required(`${path}.namespace`));
      return errors;
    case 'User':
    case 'Group':
      if (name === '')
        errors.push(fieldError.invalid(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
      if (apiGroup !== GROUP) errors.push(fieldError.notSupported(`${path}.apiGroup`, apiGroup, [GROUP]));
      return errors;
    default:
      return [...errors, fieldError.notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

export const bindingColumns: readonly Column[] = [
  NAME_COLUMN,
  { name: 'Role', type: 'string', description: 'RoleRef can only reference a role; it is immutable.' },
  AGE_COLUMN,
  { name: 'Users', type: 'string', priority: 1, description: 'Users in the roleBinding' },
  { name: 'Groups', type: 'string', priority: 1, description: 'Groups in the roleBinding' },
  { name: 'ServiceAccounts', type: 'string', priority: 1, description: 'ServiceAccounts in the roleBinding' },
];

export function bindingCells(object: Stored<Binding>, age: string): Cell[] {
  const named = (kind: string, text: (subject: Subject) => string): string =>
    (object.subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map((subject) => text(subject))
      .join(', ');
  return [
    object.metadata.name,
    `${object.roleRef.kind}/${object.roleRef.name}`,
    age,
    named('User', ({ name }) => name),
    named('Group', ({ name }) => name),
    named('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
  ];
}
