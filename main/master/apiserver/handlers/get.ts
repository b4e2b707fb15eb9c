import { statusError } from '#common/kube/status-error.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Api } from '../api.ts';
import { collectionOf, storeName, type ObjectRequest } from './request.ts';

/** The current version of one object; throws 404. */
export function getObject(api: Api, request: ObjectRequest): CachedObject {
  const found = collectionOf(api, request.kind).get(storeName(request));
  if (!found) throw notFound(request);
  return found;
}

export function notFound(request: ObjectRequest): Error {
  return statusError.notFound(request.kind.resource, request.name);
}
