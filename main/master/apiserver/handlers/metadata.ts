import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsLabelProblems, labelValueProblems, qualifiedNameProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Draft, Kind } from '../kind.ts';

const ANNOTATIONS_LIMIT = 256 * 1024;

/** What holds for the metadata of every object (apimachinery pkg/api/validation). */
export function validateMetadata(kind: Kind, draft: Draft, old?: Stored): FieldError[] {
  return old
    ? [...common(draft), ...immutable(draft, old), ...finalizersOfDeleted(draft, old)]
    : [...nameErrors(kind, draft), ...common(draft)];
}

function nameErrors(kind: Kind, draft: Draft): FieldError[] {
  const { name = '', namespace = '', generateName } = draft.metadata;
  const errors: FieldError[] = [];
  if (name === '') errors.push(fieldError.required('metadata.name', 'name or generateName is required'));
  else {
    for (const problem of kind.nameProblems(name)) errors.push(fieldError.invalid('metadata.name', name, problem));
  }
  if (generateName !== undefined && generateName !== '') {
    for (const problem of kind.nameProblems(generateName.replace(/-$/, 'a'))) {
      errors.push(fieldError.invalid('metadata.generateName', generateName, problem));
    }
  }
  if (!kind.resource.namespaced) {
    if (namespace !== '') errors.push(fieldError.forbidden('metadata.namespace', 'not allowed on this type'));
  } else if (namespace === '') errors.push(fieldError.required('metadata.namespace'));
  else {
    for (const problem of dnsLabelProblems(namespace)) {
      errors.push(fieldError.invalid('metadata.namespace', namespace, problem));
    }
  }
  return errors;
}

function common(draft: Draft): FieldError[] {
  const { labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = draft.metadata;
  const errors = labelErrors('metadata.labels', labels);
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const problem of qualifiedNameProblems(key.toLowerCase())) {
      errors.push(fieldError.invalid('metadata.annotations', key, problem));
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(fieldError.tooLong('metadata.annotations', ANNOTATIONS_LIMIT));
  for (const finalizer of finalizers) {
    for (const problem of qualifiedNameProblems(finalizer)) {
      errors.push(fieldError.invalid('metadata.finalizers', finalizer, problem));
    }
  }
  const controllers = ownerReferences.filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    const [first, second] = controllers as [(typeof controllers)[0], (typeof controllers)[0]];
    errors.push(
      fieldError.invalid(
        'metadata.ownerReferences',
        ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`,
      ),
    );
  }
  for (const [index, owner] of ownerReferences.entries()) {
    const path = `metadata.ownerReferences[${index}]`;
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) errors.push(fieldError.invalid(`${path}.${field}`, '', 'must not be empty'));
    }
  }
  return errors;
}

/** Also for the labels of templates. */
export function labelErrors(path: string, labels: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels)) {
    for (const problem of qualifiedNameProblems(key)) errors.push(fieldError.invalid(path, key, problem));
    for (const problem of labelValueProblems(value)) errors.push(fieldError.invalid(path, value, problem));
  }
  return errors;
}

function immutable(draft: Draft, old: Stored): FieldError[] {
  const fields = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const;
  return fields
    .filter((field) => (draft.metadata[field] ?? '') !== (old.metadata[field] ?? ''))
    .map((field) => fieldError.invalid(`metadata.${field}`, draft.metadata[field] ?? null, 'field is immutable'));
}

function finalizersOfDeleted(draft: Draft, old: Stored): FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const added = (draft.metadata.finalizers ?? []).filter((name) => !old.metadata.finalizers?.includes(name));
  if (added.length === 0) return [];
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    fieldError.forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    ),
  ];
}
