import { aggregateText, fieldErrorBody, type FieldError } from './field-error.ts';

/** metav1.Status as it goes over the wire. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: StatusMeta;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** metav1.ListMeta, of which errors use one field. */
export interface StatusMeta {
  /** Where a list can be continued after its own token became too old. */
  readonly continue?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export type StatusReason =
  | 'AlreadyExists'
  | 'BadRequest'
  | 'Conflict'
  | 'Expired'
  | 'Forbidden'
  | 'Gone'
  | 'InternalError'
  | 'Invalid'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'NotFound'
  | 'RequestEntityTooLarge'
  | 'ServerTimeout'
  | 'ServiceUnavailable'
  | 'Timeout'
  | 'TooManyRequests'
  | 'Unauthorized'
  | 'UnsupportedMediaType'
  | '';

/** `pods`, or `deployments.apps`. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** `Pod`, or `Deployment.apps`. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/**
 * A failed API call, as the Kubernetes Status it is answered with. One constructor per reason, with
 * upstream's texts (apimachinery pkg/api/errors). Callers decide by `reason` or `code`, never by message.
 */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(code: number, reason: StatusReason, message: string, details?: StatusDetails, metadata: StatusMeta = {}) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details ? { details: withoutEmpty(details) } : {}),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): StatusReason {
    return this.status.reason ?? '';
  }

  /** The error that a received Status tells of. */
  static from(status: Status): StatusError {
    return new StatusError(status.code ?? 500, status.reason ?? '', status.message ?? 'unknown', status.details, {
      ...status.metadata,
    });
  }
}

export const statusError = {
  notFound: (resource: GroupResource, name: string): StatusError =>
    new StatusError(404, 'NotFound', `${resourceText(resource)} ${quote(name)} not found`, about(resource, name)),

  alreadyExists: (resource: GroupResource, name: string): StatusError =>
    new StatusError(
      409,
      'AlreadyExists',
      `${resourceText(resource)} ${quote(name)} already exists`,
      about(resource, name),
    ),

  generateNameConflict: (resource: GroupResource, name: string): StatusError =>
    new StatusError(
      409,
      'AlreadyExists',
      `${resourceText(resource)} ${quote(name)} already exists, the server was not able to generate a unique name for the object`,
      { ...about(resource, name), retryAfterSeconds: 1 },
    ),

  conflict: (resource: GroupResource, name: string, why: string): StatusError =>
    new StatusError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${resourceText(resource)} ${quote(name)}: ${why}`,
      about(resource, name),
    ),

  invalid: (kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError =>
    new StatusError(422, 'Invalid', `${kindText(kind)} ${quote(name)} is invalid: ${aggregateText(errors)}`, {
      name,
      group: kind.group,
      kind: kind.kind,
      causes: errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
    }),

  badRequest: (message: string): StatusError => new StatusError(400, 'BadRequest', message),

  unauthorized: (message = 'Unauthorized'): StatusError => new StatusError(401, 'Unauthorized', message),

  forbidden: (resource: GroupResource, name: string, why: string): StatusError =>
    new StatusError(
      403,
      'Forbidden',
      resource.plural === '' && resource.group === ''
        ? `forbidden: ${why}`
        : `${resourceText(resource)} ${name === '' ? '' : `${quote(name)} `}is forbidden: ${why}`,
      about(resource, name),
    ),

  methodNotSupported: (resource: GroupResource, action: string): StatusError =>
    new StatusError(
      405,
      'MethodNotAllowed',
      `${action} is not supported on resources of kind ${quote(resourceText(resource))}`,
      about(resource, ''),
    ),

  /** For a method that a known path does not take. */
  methodNotAllowed: (): StatusError =>
    new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),

  /** For a path or verb that the server does not know. */
  unknownResource: (): StatusError =>
    new StatusError(404, 'NotFound', 'the server could not find the requested resource', {}),

  notAcceptable: (accepted: readonly string[]): StatusError =>
    new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`),

  unsupportedMediaType: (accepted: readonly string[]): StatusError =>
    new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    ),

  entityTooLarge: (why: string): StatusError =>
    new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`),

  /** `continueToken` is another way to the rest of a list. */
  expired: (message: string, continueToken?: string): StatusError =>
    new StatusError(410, 'Expired', message, undefined, continueToken === undefined ? {} : { continue: continueToken }),

  tooManyRequests: (message: string, retryAfterSeconds: number): StatusError =>
    new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds }),

  tooLargeResourceVersion: (wanted: number, current: number): StatusError =>
    new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),

  timeout: (message: string): StatusError => new StatusError(504, 'Timeout', `Timeout: ${message}`),

  serviceUnavailable: (message: string): StatusError => new StatusError(503, 'ServiceUnavailable', message),

  internal: (message: string): StatusError =>
    new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),
} as const;

/** Upstream's words for a lost race on resourceVersion. */
export const MODIFIED_ELSEWHERE =
  'the object has been modified; please apply your changes to the latest version and try again';

export function isStatus(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

function resourceText(resource: GroupResource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function kindText(kind: GroupKind): string {
  return kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
}

function about(resource: GroupResource, name: string): StatusDetails {
  return { name, group: resource.group, kind: resource.plural };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function withoutEmpty(details: StatusDetails): StatusDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== '' && value !== undefined));
}
