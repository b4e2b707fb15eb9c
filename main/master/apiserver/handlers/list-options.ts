import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { statusError } from '#common/kube/status-error.ts';

/** The options of a list or watch that may contradict each other. */
export interface VersionQuery {
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly continue?: string | undefined;
  readonly sendInitialEvents?: boolean | undefined;
}

const FIELD = 'resourceVersionMatch';

/** Throws 422 for options that make no sense together (apimachinery pkg/apis/meta/internalversion/validation). */
export function checkListOptions(query: VersionQuery): void {
  const { resourceVersion = '', resourceVersionMatch: match = '', sendInitialEvents } = query;
  const errors: FieldError[] = [];
  if (match !== '') {
    if (resourceVersion === '') {
      errors.push(fieldError.forbidden(FIELD, `${FIELD} is forbidden unless resourceVersion is provided`));
    }
    if (query.continue) errors.push(withContinue());
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(fieldError.notSupported(FIELD, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(fieldError.forbidden(FIELD, `${FIELD} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuse(errors);
}

/** The same for a watch. */
export function checkWatchOptions(query: VersionQuery): void {
  const { resourceVersionMatch: match = '', sendInitialEvents } = query;
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(fieldError.forbidden(FIELD, `sendInitialEvents requires setting ${FIELD} to NotOlderThan`));
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      errors.push(fieldError.forbidden(FIELD, `${FIELD} is forbidden for watch unless sendInitialEvents is provided`));
    }
    if (match !== 'NotOlderThan') errors.push(fieldError.notSupported(FIELD, match, ['NotOlderThan']));
    if (query.continue) errors.push(withContinue());
  }
  refuse(errors);
}

function withContinue(): FieldError {
  return fieldError.forbidden(FIELD, `${FIELD} is forbidden when continue is provided`);
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusError.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
