import type { IDownwardAPIVolumeFile } from 'kubernetes-models/v1/DownwardAPIVolumeFile';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';

type Projected = NonNullable<IVolume['projected']>;
type TokenProjection = NonNullable<NonNullable<Projected['sources']>[number]['serviceAccountToken']>;

const SHORTEST_TOKEN_SECONDS = 600;
const LONGEST_TOKEN_SECONDS = 2 ** 32;
/** Of the pod's fields those that are known before it runs. */
const VOLUME_FIELD = /^metadata\.(name|namespace|uid|labels|annotations)$|^metadata\.(labels|annotations)\['.+'\]$/;

/** What is wrong with a projected volume (pkg/apis/core/validation, validateProjectedVolumeSource). */
export function projectedErrors({ sources = [] }: Projected, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set<string>();
  const take = (file: string, place: string): void => {
    errors.push(...filePathErrors(file, place));
    if (file !== '' && taken.has(file)) {
      errors.push(fieldError.invalid(place, file, 'conflicting duplicate paths'));
    }
    taken.add(file);
  };
  for (const [index, source] of sources.entries()) {
    const place = `${path}.sources[${index}]`;
    const [, second] = Object.keys(source);
    if (second !== undefined) {
      errors.push(fieldError.forbidden(`${place}.${second}`, 'may not specify more than 1 volume type per source'));
    }
    const { configMap, secret, downwardAPI, serviceAccountToken } = source;
    for (const [field, keys] of [
      ['configMap', configMap],
      ['secret', secret],
    ] as const) {
      if (!keys) continue;
      if (!keys.name) errors.push(fieldError.required(`${place}.${field}.name`));
      for (const [at, item] of (keys.items ?? []).entries()) take(item.path, `${place}.${field}.items[${at}].path`);
    }
    if (downwardAPI) {
      errors.push(...downwardErrors(downwardAPI.items ?? [], `${place}.downwardAPI`));
      for (const { path: file } of downwardAPI.items ?? []) take(file, `${place}.downwardAPI`);
    }
    if (serviceAccountToken) {
      errors.push(...tokenErrors(serviceAccountToken, `${place}.serviceAccountToken`));
      take(serviceAccountToken.path, `${place}.serviceAccountToken.path`);
    }
  }
  return errors;
}

/** What is wrong with files that tell of the pod itself, beside their paths. */
export function downwardErrors(items: readonly IDownwardAPIVolumeFile[], path: string): FieldError[] {
  return items.flatMap(({ fieldRef, resourceFieldRef }) => {
    if (fieldRef && resourceFieldRef) {
      return [
        fieldError.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      ];
    }
    if (fieldRef) {
      const { fieldPath } = fieldRef;
      if (VOLUME_FIELD.test(fieldPath)) return [];
      return [
        fieldError.invalid(
          `${path}.fieldRef.fieldPath`,
          fieldPath,
          'error converting fieldPath: field label not supported',
        ),
      ];
    }
    if (!resourceFieldRef) return [fieldError.required(path, 'one of fieldRef and resourceFieldRef is required')];
    return resourceFieldRef.containerName ? [] : [fieldError.required(`${path}.resourceFieldRef.containerName`)];
  });
}

/** A file must stay inside its volume. */
export function filePathErrors(file: string, path: string): FieldError[] {
  if (file === '') return [fieldError.required(path)];
  if (file.startsWith('/')) return [fieldError.invalid(path, file, 'must be a relative path')];
  if (file.split('/').includes('..')) return [fieldError.invalid(path, file, "must not contain '..'")];
  return file.startsWith('..') ? [fieldError.invalid(path, file, "must not start with '..'")] : [];
}

function tokenErrors({ expirationSeconds = 3600 }: TokenProjection, path: string): FieldError[] {
  const place = `${path}.expirationSeconds`;
  if (expirationSeconds < SHORTEST_TOKEN_SECONDS) {
    return [fieldError.invalid(place, expirationSeconds, 'may not specify a duration less than 10 minutes')];
  }
  if (expirationSeconds > LONGEST_TOKEN_SECONDS) {
    return [fieldError.invalid(place, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}
