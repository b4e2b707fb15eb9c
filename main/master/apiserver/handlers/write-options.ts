import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { statusError } from '#common/kube/status-error.ts';

/** metav1.CreateOptions, UpdateOptions and PatchOptions, as a query gives them. */
export interface WriteOptions {
  readonly dryRun: readonly string[];
  /** Empty when it is not said. */
  readonly fieldManager: string;
  readonly fieldValidation: string;
  /** Whether it is said at all; for patches only. */
  readonly force?: boolean;
}

const MANAGER_LIMIT = 128;
/** Go's unicode.IsPrint: of all blanks, only the plain one. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const FIELD_VALIDATION: readonly string[] = ['', 'Ignore', 'Strict', 'Warn'];

/** Throws 422 for options of a write that mean nothing (apimachinery pkg/apis/meta/v1/validation). */
export function checkWriteOptions(
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  { dryRun, fieldManager, fieldValidation, force = false }: WriteOptions,
): void {
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions' && force) {
    errors.push(fieldError.forbidden('force', 'may not be specified for non-apply patch'));
  }
  errors.push(...managerErrors(fieldManager), ...dryRunErrors(dryRun));
  if (!FIELD_VALIDATION.includes(fieldValidation)) {
    errors.push(fieldError.notSupported('fieldValidation', fieldValidation, FIELD_VALIDATION));
  }
  refuseOptions(kind, errors);
}

export function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  return dryRun.every((value) => value === 'All') ? [] : [fieldError.notSupported('dryRun', dryRun, ['All'])];
}

export function refuseOptions(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid({ group: 'meta.k8s.io', kind }, '', errors);
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MANAGER_LIMIT) errors.push(fieldError.tooLong('fieldManager', MANAGER_LIMIT));
  let position = 0;
  for (const character of manager) {
    if (!PRINTABLE.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      const detail = `invalid character U+${code} (at position ${position})`;
      errors.push(fieldError.invalid('fieldManager', manager, detail));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}
