import { describe, expect, it } from 'vitest';
import { fieldError } from './field-error.ts';
import { isStatus, MODIFIED_ELSEWHERE, StatusError, statusError } from './status-error.ts';

const pods = { group: '', plural: 'pods', kind: 'Pod' };
const deployments = { group: 'apps', plural: 'deployments', kind: 'Deployment' };

// Texts and codes of apimachinery's pkg/api/errors.
describe('status errors', () => {
  it.each<[StatusError, number, string, string]>([
    [statusError.notFound(pods, 'a'), 404, 'NotFound', 'pods "a" not found'],
    [statusError.notFound(deployments, 'a'), 404, 'NotFound', 'deployments.apps "a" not found'],
    [statusError.alreadyExists(deployments, 'a'), 409, 'AlreadyExists', 'deployments.apps "a" already exists'],
    [
      statusError.generateNameConflict(pods, 'a-x'),
      409,
      'AlreadyExists',
      'pods "a-x" already exists, the server was not able to generate a unique name for the object',
    ],
    [
      statusError.conflict(pods, 'a', MODIFIED_ELSEWHERE),
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      statusError.invalid(pods, 'a', [fieldError.required('spec')]),
      422,
      'Invalid',
      'Pod "a" is invalid: spec: Required value',
    ],
    [
      statusError.invalid(deployments, '', [fieldError.required('a'), fieldError.required('b')]),
      422,
      'Invalid',
      'Deployment.apps "" is invalid: [a: Required value, b: Required value]',
    ],
    [statusError.badRequest('why'), 400, 'BadRequest', 'why'],
    [statusError.unauthorized(), 401, 'Unauthorized', 'Unauthorized'],
    [statusError.forbidden(pods, 'a', 'why'), 403, 'Forbidden', 'pods "a" is forbidden: why'],
    [statusError.forbidden(pods, '', 'why'), 403, 'Forbidden', 'pods is forbidden: why'],
    [statusError.forbidden({ group: '', plural: '' }, '', 'why'), 403, 'Forbidden', 'forbidden: why'],
    [
      statusError.methodNotSupported(deployments, 'update'),
      405,
      'MethodNotAllowed',
      'update is not supported on resources of kind "deployments.apps"',
    ],
    [statusError.unknownResource(), 404, 'NotFound', 'the server could not find the requested resource'],
    [
      statusError.notAcceptable(['a/b', 'c/d']),
      406,
      'NotAcceptable',
      'only the following media types are accepted: a/b, c/d',
    ],
    [
      statusError.unsupportedMediaType(['a/b']),
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: a/b',
    ],
    [statusError.entityTooLarge('limit is 3'), 413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3'],
    [statusError.expired('too old'), 410, 'Expired', 'too old'],
    [statusError.tooManyRequests('wait', 1), 429, 'TooManyRequests', 'wait'],
    [statusError.tooLargeResourceVersion(9, 5), 504, 'Timeout', 'Timeout: Too large resource version: 9, current: 5'],
    [statusError.timeout('late'), 504, 'Timeout', 'Timeout: late'],
    [statusError.internal('broken'), 500, 'InternalError', 'Internal error occurred: broken'],
  ])('%#: %s', (error, code, reason, message) => {
    expect(error.status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
    expect(error.message).toBe(message);
    expect(isStatus(error, error.reason)).toBe(true);
    expect(isStatus(error, 'Gone')).toBe(false);
  });

  it('tell what they are about, and leave out what is empty', () => {
    expect(statusError.notFound(pods, 'a').status.details).toEqual({ name: 'a', kind: 'pods' });
    expect(statusError.conflict(deployments, 'a', '').status.details).toEqual({
      name: 'a',
      group: 'apps',
      kind: 'deployments',
    });
    expect(statusError.tooManyRequests('wait', 7).status.details).toEqual({ retryAfterSeconds: 7 });
  });

  it('tell every cause of an invalid object', () => {
    const errors = [fieldError.required('a'), fieldError.invalid('b[0].c', 1, 'no')];
    expect(statusError.invalid(deployments, 'x', errors).status.details).toEqual({
      name: 'x',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value', field: 'a' },
        { reason: 'FieldValueInvalid', message: 'Invalid value: 1: no', field: 'b[0].c' },
      ],
    });
  });

  it('come back whole from what was sent', () => {
    const sent = statusError.invalid(deployments, 'x', [fieldError.required('a')]);
    const received = StatusError.from(JSON.parse(JSON.stringify(sent.status)) as typeof sent.status);
    expect(received.status).toEqual(sent.status);
  });
});
