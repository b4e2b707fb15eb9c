import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { statusError } from '#common/kube/status-error.ts';

/** The part of metav1.ListOptions that says from which revision, and how exactly. */
export interface RevisionOptions {
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly sendInitialEvents?: boolean | undefined;
}

const FIELD = 'resourceVersionMatch';

/** Throws 422 for options of a list that contradict each other (apimachinery pkg/apis/meta/internalversion/validation). */
export function checkListOptions(options: RevisionOptions): void {
  const { resourceVersion = '', resourceVersionMatch: match = '' } = options;
  const errors: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '') {
      errors.push(fieldError.forbidden(FIELD, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    errors.push(...withContinue(options));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(fieldError.notSupported(FIELD, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(fieldError.forbidden(FIELD, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuse(errors);
}

/** The same for a watch. */
export function checkWatchOptions(options: RevisionOptions): void {
  const { resourceVersionMatch: match = '', sendInitialEvents } = options;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(fieldError.forbidden(FIELD, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      errors.push(
        fieldError.forbidden(FIELD, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    }
    if (match !== 'NotOlderThan') errors.push(fieldError.notSupported(FIELD, match, ['NotOlderThan']));
    errors.push(...withContinue(options));
  }
  refuse(errors);
}

function withContinue(options: RevisionOptions): FieldError[] {
  return options.continue
    ? [fieldError.forbidden(FIELD, 'resourceVersionMatch is forbidden when continue is provided')]
    : [];
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
