import { isObject, decode, DecodeError } from '#common/kube/schema/decode.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import { QuantityError } from '#common/kube/quantity.ts';
import { apiVersionOf } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { TimeError } from '#common/kube/time.ts';
import type { TypeName } from '#common/kube/schema/schema.ts';
import type { Api } from '../api.ts';
import type { Draft, Kind } from '../kind.ts';
import type { WriteRequest } from './request.ts';

/** What a body is to be. */
export interface ExpectedType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: TypeName;
}

/** Turns what a body cannot be read for into the error of the request. */
export type Refuse = (why: string) => Error;

/** Reads a request's body as an object of the request's kind. `before` is the version it was made from, if any. */
export function decodeDraft(api: Api, request: WriteRequest, body: unknown, refuse?: Refuse, before?: Stored): Draft {
  const expected = expectedOf(request.kind);
  const object = decodeBody(api, request, expected, body, refuse, before);
  return { ...object, metadata: object.metadata ?? {} };
}

export function expectedOf(kind: Kind): ExpectedType {
  return { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind, type: kind.type };
}

/** Reads a body as the type that is expected; unknown fields are treated as `fieldValidation` says. */
export function decodeBody(
  api: Api,
  request: Pick<WriteRequest, 'fieldValidation' | 'warn' | 'writing'>,
  expected: ExpectedType,
  body: unknown,
  refuse?: Refuse,
  before?: Stored,
): KubeObject {
  if (!isObject(body)) throw statusError.badRequest('the object provided is not a JSON object');
  const apiVersion = textOf(body['apiVersion'], expected.apiVersion);
  const kind = textOf(body['kind'], expected.kind);
  if (apiVersion !== expected.apiVersion) {
    throw statusError.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  if (kind !== expected.kind) {
    throw statusError.badRequest(
      `${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${expected.kind}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "kubernetes"`,
    );
  }
  const cannot =
    refuse ??
    ((why: string): Error =>
      statusError.badRequest(
        `${expected.kind} in version "${versionOf(expected.apiVersion)}" cannot be handled as a ${expected.kind}: ${why}`,
      ));
  const { writing } = request;
  try {
    const decoded = decode(api.schemas, expected.type, body, writing?.duplicates, before && { ...before });
    const problems = [...(writing?.problems ?? []), ...decoded.problems];
    if (problems.length > 0 && request.fieldValidation === 'Strict') {
      throw cannot(`strict decoding error: ${problems.join(', ')}`);
    }
    if (request.fieldValidation === 'Warn') problems.forEach(request.warn);
    return { ...decoded.object, apiVersion: expected.apiVersion, kind: expected.kind };
  } catch (error) {
    if (error instanceof DecodeError || error instanceof QuantityError || error instanceof TimeError) {
      throw cannot(error.message);
    }
    throw error;
  }
}

function textOf(value: unknown, absent: string): string {
  if (value === undefined || value === '') return absent;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `v1` of `apps/v1`. */
function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
