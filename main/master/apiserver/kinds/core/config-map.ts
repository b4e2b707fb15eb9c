import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { configKeyProblems, dnsSubdomainProblems } from '#common/kube/names.ts';
import { configMaps, type ConfigMap } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';
import { sameJson } from '../../handlers/write-object.ts';

const SIZE_LIMIT = 1024 * 1024;

/** Settings for pods: files or environment variables. */
export const configMapKind: Kind<ConfigMap> = {
  resource: configMaps,
  type: 'core.v1.ConfigMap',
  singular: 'configmap',
  shortNames: ['cm'],
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  validate(draft) {
    const { data = {}, binaryData = {} } = draft;
    const errors: FieldError[] = [];
    let size = 0;
    for (const [key, value] of Object.entries(data)) {
      errors.push(...keyErrors('data', key));
      if (key in binaryData) {
        errors.push(fieldError.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      }
      size += Buffer.byteLength(value);
    }
    for (const [key, value] of Object.entries(binaryData)) {
      errors.push(...keyErrors('binaryData', key));
      size += Buffer.byteLength(value, 'base64');
    }
    if (size > SIZE_LIMIT) errors.push(fieldError.tooLong('', SIZE_LIMIT));
    return errors;
  },
  validateUpdate: (draft, old) => immutableDataErrors(draft, old),
  columns: [
    NAME_COLUMN,
    { name: 'Data', type: 'integer', description: 'Data contains the configuration data.' },
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    object.metadata.name,
    Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    ageText(object.metadata.creationTimestamp, now),
  ],
};

export function keyErrors(field: string, key: string): FieldError[] {
  return configKeyProblems(key).map((problem) => fieldError.invalid(`${field}[${key}]`, key, problem));
}

interface WithData {
  readonly immutable?: boolean;
  readonly data?: unknown;
  readonly binaryData?: unknown;
}

/** ConfigMaps and Secrets that say so are never changed again. */
export function immutableDataErrors(draft: WithData, old: WithData): FieldError[] {
  if (old.immutable !== true) return [];
  const errors: FieldError[] = [];
  if (draft.immutable !== true) {
    errors.push(fieldError.forbidden('immutable', 'field is immutable when `immutable` is set'));
  }
  for (const field of ['data', 'binaryData'] as const) {
    if (!sameJson(draft[field] ?? {}, old[field] ?? {})) {
      errors.push(fieldError.forbidden(field, 'field is immutable when `immutable` is set'));
    }
  }
  return errors;
}
