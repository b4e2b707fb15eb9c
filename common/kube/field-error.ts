/** One thing wrong with one field of an object: apimachinery's `field.Error`, texts included. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** As upstream writes it: `spec.containers[0].image`. */
  readonly field: string;
  /** The offending value; `undefined` leaves it out of the text. */
  readonly value?: unknown;
  readonly detail?: string;
}

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

const TITLES: Readonly<Record<FieldErrorType, string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
]);

export const fieldError = {
  required: (field: string, detail = ''): FieldError => ({ type: 'FieldValueRequired', field, detail }),
  invalid: (field: string, value: unknown, detail: string): FieldError => ({
    type: 'FieldValueInvalid',
    field,
    value,
    detail,
  }),
  notSupported: (field: string, value: unknown, supported: readonly string[]): FieldError => ({
    type: 'FieldValueNotSupported',
    field,
    value,
    detail: supported.length > 0 ? `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}` : '',
  }),
  duplicate: (field: string, value: unknown): FieldError => ({ type: 'FieldValueDuplicate', field, value }),
  forbidden: (field: string, detail: string): FieldError => ({ type: 'FieldValueForbidden', field, detail }),
  notFound: (field: string, value: unknown): FieldError => ({ type: 'FieldValueNotFound', field, value }),
  tooLong: (field: string, maximumBytes: number): FieldError => ({
    type: 'FieldValueTooLong',
    field,
    detail: `may not be more than ${maximumBytes} byte${maximumBytes === 1 ? '' : 's'}`,
  }),
  tooMany: (field: string, count: number, maximum: number): FieldError => ({
    type: 'FieldValueTooMany',
    field,
    value: count,
    detail: `must have at most ${maximum} item${maximum === 1 ? '' : 's'}`,
  }),
} as const;

/** The text without the field's path. */
export function fieldErrorBody(error: FieldError): string {
  const title = TITLES[error.type];
  const showsValue = error.value !== undefined && !WITHOUT_VALUE.has(error.type);
  const detail = error.detail ? `: ${error.detail}` : '';
  return `${title}${showsValue ? `: ${JSON.stringify(error.value)}` : ''}${detail}`;
}

export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** Several errors in one sentence, without repeats, as `ErrorList.ToAggregate()` prints them. */
export function aggregateText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
