import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { secrets, type Secret } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';
import { immutableDataErrors, keyErrors } from './config-map.ts';

const SIZE_LIMIT = 1024 * 1024;

/** What must not be read by everyone: passwords, keys, tokens. */
export const secretKind: Kind<Secret> = {
  resource: secrets,
  type: 'core.v1.Secret',
  singular: 'secret',
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  setDefaults(draft) {
    draft.type ??= 'Opaque';
    if (!draft.stringData) return;
    // stringData is for writing only: it becomes data.
    draft.data ??= {};
    for (const [key, value] of Object.entries(draft.stringData)) {
      draft.data[key] = Buffer.from(value, 'utf8').toString('base64');
    }
    delete draft.stringData;
  },
  validate(draft) {
    const errors: FieldError[] = [];
    let size = 0;
    for (const [key, value] of Object.entries(draft.data ?? {})) {
      errors.push(...keyErrors('data', key));
      size += Buffer.byteLength(value, 'base64');
    }
    if (size > SIZE_LIMIT) errors.push(fieldError.tooLong('data', SIZE_LIMIT));
    for (const key of REQUIRED_KEYS[draft.type ?? ''] ?? []) {
      if (draft.data?.[key] === undefined) errors.push(fieldError.required(`data[${key}]`));
    }
    return errors;
  },
  validateUpdate: (draft, old) => [
    ...(draft.type === old.type ? [] : [fieldError.invalid('type', draft.type, 'field is immutable')]),
    ...immutableDataErrors(draft, old),
  ],
  selectableFields: { type: (object) => object.type ?? '' },
  columns: [
    NAME_COLUMN,
    { name: 'Type', type: 'string', description: 'Used to facilitate programmatic handling of secret data.' },
    { name: 'Data', type: 'integer', description: 'Data contains the secret data.' },
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    object.metadata.name,
    object.type ?? '',
    Object.keys(object.data ?? {}).length,
    ageText(object.metadata.creationTimestamp, now),
  ],
};

const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};
